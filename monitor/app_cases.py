"""Composition root, sixth part: what each case has for itself. Nothing here opens anything."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from monitor.clock import Clock
from monitor.errors import SealError
from monitor.model.ids import CaseId
from monitor.model.settings import QuotaSettings, Settings
from monitor.pipeline.case_settings import settings_of
from monitor.pipeline.quota import CaseQuota
from monitor.ports import Store, Vault

if TYPE_CHECKING:  # only sometimes needed: imported where they are used
    from monitor.services.case_removal import CaseRemovalService
    from monitor.services.case_settings import CaseSettingsService

log = logging.getLogger(__name__)


class CaseParts:
    """Of the app, which sets these three."""

    settings: Settings
    store: Store
    clock: Clock

    def settings_of(self, case: CaseId) -> Settings:
        """In force for this case. Whoever works for one uses these."""
        return settings_of(case, self.settings, self.store)

    def vault_of(self, case: CaseId) -> Vault | None:
        """None where no recipient is set, or one of them is no key: then nothing is sealed rather than to some, and the
        standing alarm tells it (`pipeline.hindrances`)."""
        recipients = self.settings_of(case).evidence.recipients
        if recipients == self.settings.evidence.recipients:
            return self.vault
        if recipients not in self._own_vaults:
            self._own_vaults[recipients] = self._opened_vault(recipients)
        return self._own_vaults[recipients]

    @cached_property
    def vault(self) -> Vault | None:
        """Sealed to whom the configuration says. They alone open the store's sealed key: it opens every case."""
        recipients = self.settings.evidence.recipients
        vault = self._opened_vault(recipients)
        if vault is not None:
            from monitor.pipeline.store_key import try_to_keep_store_key
            from monitor.store.keys import load_key

            try_to_keep_store_key(self.store, vault, recipients, lambda: load_key(self.settings))
        return vault

    def quota_of(self, case: CaseId) -> CaseQuota | None:
        """None where it may take as much as it asks for."""
        quota = self.settings_of(case).quota
        if quota == QuotaSettings():
            return None
        known = self.quotas.setdefault(case, CaseQuota(case, quota, self.store, self.clock))
        known.follow(quota)
        return known

    @cached_property
    def quotas(self) -> dict[CaseId, CaseQuota]:
        """With what this process has in hand of each."""
        return {}

    @cached_property
    def _own_vaults(self) -> dict[tuple[str, ...], Vault | None]:
        """One folder; by whom what is sealed now can be opened by."""
        return {}

    def _opened_vault(self, recipients: tuple[str, ...]) -> Vault | None:
        if not recipients:
            return None
        from monitor.vault.age import AgeVault

        try:
            return AgeVault(self.settings.vault_dir, recipients)
        except SealError:
            log.error("no evidence is kept: `doctor` says why", extra={"action": "no_vault"})
            return None

    @cached_property
    def case_removal(self) -> CaseRemovalService:
        from monitor.services.case_removal import CaseRemovalService

        return CaseRemovalService(self.store, self.settings)

    @cached_property
    def case_settings(self) -> CaseSettingsService:
        from monitor.services.case_settings import CaseSettingsService

        return CaseSettingsService(self.store, self.settings, self.clock)
