from django.contrib.auth.mixins import LoginRequiredMixin
from django.urls import reverse_lazy
from django.views.generic import DeleteView, DetailView, ListView

from contracts.models import Contract


class OwnContracts(LoginRequiredMixin):
    """Views see the contracts of the user who is signed in, and no others."""

    def get_queryset(self):
        return Contract.objects.filter(owner=self.request.user)


class ContractList(OwnContracts, ListView):
    ordering = "title"
    paginate_by = 50


class ContractDetail(OwnContracts, DetailView):
    pass


class ContractDelete(OwnContracts, DeleteView):
    success_url = reverse_lazy("contract-list")

    def get_queryset(self):
        return super().get_queryset().filter(signed_on=None)
