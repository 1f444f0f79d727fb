"""What is the answer, in a few sentences?"""

from evaluatie.answers.summary import summary
from evaluatie.report.study import Inputs, main


def analyse(inputs: Inputs) -> dict[str, object]:
    """Estimate what is asked first, and say it in both languages."""
    made = summary(inputs.results, data=inputs.data, design=inputs.design)
    return {
        "summary": made,
        "summary_answers": {lang: made.answers(lang) for lang in ("nl", "en")},
    }


if __name__ == "__main__":
    main(analyse)
