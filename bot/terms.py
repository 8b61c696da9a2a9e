"""What the licences of models say of the works that they make."""

from collections.abc import Mapping

from inference.catalog.catalog import Catalog
from inference.catalog.model import Model
from inference.contract.identifiers import ModelName
from storage.release.values import Terms


def terms_of(catalog: Catalog) -> Mapping[ModelName, Terms]:
    """What the licences say of works, by the model; what makes a picture larger has its say as well."""
    return {model.name: _terms(model, _enlarging(catalog, model)) for model in catalog}


def _enlarging(catalog: Catalog, model: Model) -> Model | None:
    return catalog.models[model.picture.upscaler] if model.picture and model.picture.upscaler else None


def _terms(model: Model, enlarging: Model | None) -> Terms:
    if enlarging is None:
        return Terms(licence=model.licence, may_release=model.may_release)
    return Terms(
        licence=", ".join(dict.fromkeys((model.licence, enlarging.licence))),
        may_release=model.may_release and enlarging.may_release,
    )
