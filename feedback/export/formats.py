"""All formats, by name."""

from feedback.export import (
    deepchecks,
    deepeval,
    examples,
    inspect_ai,
    langfuse,
    langsmith,
    mlflow,
    openai_chat,
    openai_preference,
    parquet,
    phoenix,
    promptfoo,
    ragas,
    trl_preference,
    trl_sft,
    trl_unpaired,
    weave,
)
from feedback.export.form import Format

FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT
    for module in (
        examples,
        parquet,
        trl_sft,
        trl_preference,
        trl_unpaired,
        openai_chat,
        openai_preference,
        inspect_ai,
        deepeval,
        ragas,
        promptfoo,
        langsmith,
        langfuse,
        mlflow,
        weave,
        phoenix,
        deepchecks,
    )
}
