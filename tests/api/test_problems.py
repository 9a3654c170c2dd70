"""Each error of the ledger has its own way over the wire, and none shows what is inside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from api.problems import PREFIX, TABLE, error_response, message_of, pointer_of, problem_of
from ledger import errors
from ledger.errors import OnRecordError
from schemas.problems import Problem

SECRET = "disk /dev/sda1 at sector 77"


def family(error: type[OnRecordError]) -> Iterator[type[OnRecordError]]:
    yield error
    for child in error.__subclasses__():
        yield from family(child)


def made(kind: type[OnRecordError]) -> OnRecordError:
    if kind is errors.AmbiguousError:
        return errors.AmbiguousError(SECRET, matches=["sha256:" + "0" * 64])
    if kind in (errors.VerificationError, errors.UnverifiableError):
        return kind(SECRET, step="checkpoint")  # type: ignore[call-arg]
    return kind(SECRET)


# Private kinds of a single module never leave it, and would travel like their parent if they did.
PUBLIC = {kind for kind in family(OnRecordError) if kind.__module__ == errors.__name__}
ALL = sorted(PUBLIC, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_every_error_of_the_tree_has_a_row(kind: type[OnRecordError]) -> None:
    assert kind in TABLE, f"add {kind.__name__} to the table of api/problems.py"


def test_no_two_errors_share_a_name() -> None:
    assert len({row.name for row in TABLE.values()}) == len(TABLE)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.__name__)
def test_a_problem_says_its_status_twice_and_is_never_cached(kind: type[OnRecordError]) -> None:
    response = error_response(made(kind))
    problem = Problem.model_validate_json(bytes(response.body))
    assert problem.status == response.status_code == TABLE[kind].status
    assert problem.type == PREFIX + TABLE[kind].name
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("kind", [kind for kind in ALL if TABLE[kind].status >= 500], ids=lambda kind: kind.__name__)
def test_what_went_wrong_inside_stays_inside(kind: type[OnRecordError]) -> None:
    assert SECRET not in problem_of(made(kind)).model_dump_json()


@pytest.mark.parametrize(
    "kind,status",
    [
        (errors.FormatError, 422),
        (errors.RuleError, 422),
        (errors.TooLargeError, 413),
        (errors.NotFoundError, 404),
        (errors.WithheldError, 451),
        (errors.UnauthenticatedError, 401),
        (errors.ForbiddenError, 403),
        (errors.ConflictError, 409),
        (errors.BusyError, 503),
        (errors.StoreError, 500),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_status_says_what_the_caller_may_do_next(kind: type[OnRecordError], status: int) -> None:
    assert TABLE[kind].status == status


def test_busy_says_when_to_try_again() -> None:
    assert error_response(errors.BusyError("locked", retry_after=7)).headers["retry-after"] == "7"


def test_a_401_comes_with_a_challenge() -> None:
    assert "Bearer" in error_response(errors.UnauthenticatedError("unsigned")).headers["www-authenticate"]


def test_pointer_hint_suggestions_matches_and_step_travel() -> None:
    pointed = problem_of(errors.RuleError("no", pointer="/3/claim", hint="do this"))
    assert (pointed.pointer, pointed.hint) == ("/3/claim", "do this")
    assert problem_of(errors.NotFoundError("no", suggestions=["yonhap"])).suggestions == ["yonhap"]
    assert problem_of(errors.AmbiguousError("two", matches=["a", "b"])).matches == ["a", "b"]
    assert problem_of(errors.VerificationError("no", step="inclusion")).step == "inclusion"


def test_an_error_without_a_row_travels_like_its_parent() -> None:
    # Made after ALL was listed, and gone with this test.
    later = type("StaleError", (errors.ConflictError,), {})
    assert problem_of(later("older")).status == 409


def test_pointers_are_escaped() -> None:
    assert pointer_of(["a/b", 0, "c~d"]) == "/a~1b/0/c~0d"


def test_messages_begin_like_ours() -> None:
    assert message_of({"msg": "Value error, '2024-13' is not a date"}) == "'2024-13' is not a date"
    assert message_of({"msg": "Field required"}) == "field required"
