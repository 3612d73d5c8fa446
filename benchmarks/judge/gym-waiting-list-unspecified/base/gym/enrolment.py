"""Joining and leaving courses."""

from datetime import datetime

from gym.courses import Course


class EnrolmentError(Exception):
    """The text is shown to the member."""


class Enrolment:
    def __init__(self, courses, mailer):
        self._courses = courses
        self._mailer = mailer

    def join(self, course_id: int, member: str, now: datetime) -> bool:
        """Whether the member has a place; if not, they wait for one. Raises EnrolmentError."""
        course: Course = self._courses.get(course_id)
        if now >= course.start:
            raise EnrolmentError("the course has begun")
        if member in course.members or member in course.waiting:
            raise EnrolmentError("you are on the list already")
        (course.waiting if course.is_full else course.members).append(member)
        self._courses.save(course)
        return member in course.members

    def leave(self, course_id: int, member: str) -> None:
        """Raises EnrolmentError for somebody who has no place."""
        course: Course = self._courses.get(course_id)
        if member not in course.members:
            raise EnrolmentError("you have no place in this course")
        course.members.remove(member)
        self._courses.save(course)
