"""Recipes, of images and of containers: a test plants them, and the service lists what they are built on.

From botocore's model. Apart from its base image, nothing of a recipe matters here.
"""

from __future__ import annotations

from typing import Any

from .listing import page_of
from .resources import Resource
from .store import ResourceStore

_KINDS = {"image": "image-recipe", "container": "container-recipe"}


class Recipe(Resource):
    """settings: ``parentImage``, and of a container recipe perhaps ``instanceImage``."""

    def shown(self) -> dict[str, Any]:
        """A summary, as the lists show it."""
        shown = {
            "arn": self.arn,
            "name": self.name,
            "platform": "Linux",
            "owner": self.arn.split(":")[4],
            "dateCreated": self.date_created,
            **self.settings,
        }
        return {**shown, "containerType": "DOCKER"} if ":container-recipe/" in self.arn else shown


class RecipeOperations(ResourceStore):
    """What ImageBuilderBackend knows of recipes."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.recipes: dict[str, Recipe] = {}

    def plant_recipe(self, name: str, parent_image: str, kind: str = "image", instance_image: str | None = None) -> str:
        """Store a recipe. kind: ``image`` or ``container``. Returns its ARN."""
        self.sequence += 1
        settings = {"parentImage": parent_image, **({"instanceImage": instance_image} if instance_image else {})}
        arn = f"{self._arn(_KINDS[kind], name)}/1.0.0"
        self.recipes[arn] = Recipe(arn, name, settings, {}, self.sequence)
        return arn

    def list_recipes(self, kind: str, parameters: dict[str, Any]) -> tuple[list[dict[str, Any]], str | None]:
        """The account's own recipes of a kind, one page; it knows no others."""
        mine = parameters.get("owner", "Self") == "Self"
        recipes = {arn: one for arn, one in self.recipes.items() if mine and f":{_KINDS[kind]}/" in arn}
        page, token = page_of(recipes, parameters, ("name", "parentImage", "platform"))
        return [one.shown() for one in page], token
