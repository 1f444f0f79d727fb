"""What is the answer, in a few sentences?"""

from evaluatie.study import Inputs, main
from evaluatie.summary import summary


def analyse(inputs: Inputs) -> dict[str, object]:
    """Estimate what is asked first, and say it in both languages."""
    made = summary(inputs.results, data=inputs.data, design=inputs.design)
    lines = {lang: made.sentences(lang) for lang in ("nl", "en")}
    return {"summary": made, "summary_sentences": lines}


if __name__ == "__main__":
    main(analyse)
