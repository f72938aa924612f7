"""Blueprint and bank → an exam: forms that meet every quota, or the reasons why there are none."""

from examgen.assembly.assemble import assemble, assembled, bank_sha256, contradictions
from examgen.assembly.dealing import deal, seated
from examgen.assembly.gate import check_blueprint
from examgen.assembly.needs import Need, needs, sentence
from examgen.assembly.personal_recount import recount_personal
from examgen.assembly.recount import recount
from examgen.assembly.task import Solution

__all__ = [
    "Need",
    "Solution",
    "assemble",
    "assembled",
    "bank_sha256",
    "check_blueprint",
    "contradictions",
    "deal",
    "needs",
    "recount",
    "recount_personal",
    "seated",
    "sentence",
]
