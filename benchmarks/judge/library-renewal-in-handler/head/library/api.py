from datetime import date, timedelta

from flask import Blueprint, current_app, jsonify, request

from library.lending import LendingError

bp = Blueprint("loans", __name__, url_prefix="/desk/loans")


def lending():
    return current_app.extensions["lending"]


@bp.errorhandler(LendingError)
def refused(error):
    return jsonify(error=str(error)), 409


@bp.post("")
def lend():
    body = request.get_json()
    loan = lending().lend(int(body["member"]), int(body["copy"]), date.today())
    return jsonify(number=loan.number, due=loan.due.isoformat()), 201


@bp.post("/<int:number>/return")
def give_back(number):
    loan = lending().give_back(number, date.today())
    return jsonify(number=loan.number, returned_on=loan.returned_on.isoformat())


@bp.post("/<int:number>/renew")
def renew(number):
    loans = current_app.extensions["loans"]
    loan = loans.get(number)
    today = date.today()
    if loan.renewals >= 2 or today - loan.due > timedelta(days=30):
        return jsonify(error="this loan cannot be renewed"), 409
    loan.due = today + timedelta(days=14)
    loan.renewals += 1
    loans.save(loan)
    return jsonify(number=loan.number, due=loan.due.isoformat())
