from django.urls import path

from contracts import views

urlpatterns = [
    path("", views.ContractList.as_view(), name="contract-list"),
    path("<int:pk>/", views.ContractDetail.as_view(), name="contract-detail"),
    path("<int:pk>/delete/", views.ContractDelete.as_view(), name="contract-delete"),
]
