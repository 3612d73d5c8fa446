from django.contrib.auth.mixins import LoginRequiredMixin
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse_lazy
from django.views import View
from django.views.generic import DeleteView, DetailView, ListView

from contracts.models import Attachment, Contract


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


class AttachmentDelete(LoginRequiredMixin, View):
    def post(self, request, pk):
        deletable = Attachment.objects.filter(
            contract__owner=request.user, contract__signed_on=None
        )
        attachment = get_object_or_404(deletable, pk=pk)
        attachment.delete()
        return redirect("contract-detail", pk=attachment.contract_id)
