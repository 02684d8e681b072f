"""What is wrong with data, or with this environment, before time is spent on training."""

from kerasft.contract.findings import ClassCount, Diagnosis, Finding, Suspect
from kerasft.doctor.environment import check_environment
from kerasft.doctor.examine import diagnose
from kerasft.doctor.page import write_page

__all__ = ["ClassCount", "Diagnosis", "Finding", "Suspect", "check_environment", "diagnose", "write_page"]
