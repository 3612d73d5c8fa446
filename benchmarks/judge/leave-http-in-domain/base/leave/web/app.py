from datetime import date

from flask import Flask, g, jsonify, request

from leave.domain.requests import LeaveRefused, LeaveRequest, check
from leave.storage.requests import Requests

app = Flask(__name__)


@app.errorhandler(LeaveRefused)
def refused(error):
    return jsonify(error=str(error)), 409


@app.post("/leave")
def ask():
    body = request.get_json()
    days = [date.fromisoformat(body[name]) for name in ("first", "last")]
    wanted = LeaveRequest(g.person, *days)
    requests = Requests(g.connection)
    check(wanted, requests.days_left(g.person))
    requests.add(wanted)
    return jsonify(days=wanted.days), 201
