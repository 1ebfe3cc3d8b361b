"""`python -m inquiries serve` answers people; `python -m inquiries work` publishes and listens."""

from parley_chassis.service import run

from inquiries.main import create_app, create_worker
from inquiries.settings import InquiriesSettings

if __name__ == "__main__":
    run("inquiries", InquiriesSettings, create_app, create_worker)
