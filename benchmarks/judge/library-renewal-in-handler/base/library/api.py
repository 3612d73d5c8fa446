from datetime import date

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
