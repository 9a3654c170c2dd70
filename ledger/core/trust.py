"""What a reader trusts before looking: nothing of it comes from the file that is checked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from ledger.core.logkeys import LogTerms
from ledger.core.quorum import Policy, PolicyLog
from ledger.core.vkey import VerifierKey, parse_vkey


@dataclass(frozen=True)
class Trust:
    """What the reader trusts before looking into the bundle: keys of logs, issuers by did:key, a policy with witnesses; and
    what he knows of when these keys sign."""

    log_keys: tuple[VerifierKey, ...] = ()
    issuers: tuple[str, ...] = ()
    policy: Policy | None = None
    terms: LogTerms = field(default_factory=LogTerms)

    @property
    def logs(self) -> tuple[VerifierKey, ...]:
        return self.log_keys + (self.policy.log_keys if self.policy else ())

    def also(self, keys: Iterable[VerifierKey]) -> Trust:
        """With these keys of logs too, wherever such a key is trusted."""
        new = tuple(dict.fromkeys(key for key in keys if key not in self.logs))
        if not new:
            return self
        policy = self.policy and replace(self.policy, logs=(*self.policy.logs, *map(PolicyLog, new)))
        return replace(self, log_keys=(*self.log_keys, *new), policy=policy)


def parse_trust(keys: Sequence[str], policy: Policy | None = None) -> Trust:
    """Trust in these keys, each a log's vkey or an issuer's did:key."""
    issuers = tuple(key for key in keys if key.startswith("did:key:"))
    return Trust(tuple(parse_vkey(key) for key in keys if key not in issuers), issuers, policy)
