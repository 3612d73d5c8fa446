from dataclasses import dataclass, field


@dataclass
class User:
    id: int
    role: str
    treats: set[int] = field(default_factory=set)


@dataclass
class Visit:
    id: int
    patient_id: int
    day: str
    notes: str


class Store:
    def __init__(self, connection):
        self._connection = connection

    def user_by_token(self, token: str) -> User | None:
        return self._connection.one(User, "SELECT * FROM users WHERE token = ?", token)

    def visits_of(self, patient_id: int) -> list[Visit]:
        return self._connection.all(Visit, "SELECT * FROM visits WHERE patient_id = ?", patient_id)

    def visit(self, visit_id: int) -> Visit | None:
        return self._connection.one(Visit, "SELECT * FROM visits WHERE id = ?", visit_id)

    def forget_token(self, user_id: int) -> None:
        self._connection.run("UPDATE users SET token = NULL WHERE id = ?", user_id)

    def set_role(self, user_id: int, role: str) -> None:
        self._connection.run("UPDATE users SET role = ? WHERE id = ?", role, user_id)


def get_store() -> Store:
    raise NotImplementedError("set by the application")
