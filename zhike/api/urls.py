"""Addresses of the API and of what people see of it."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from zhike.api import call_pages, token_pages, views
from zhike.api.endpoints import api


class Anything(StringConverter):
    """Whatever it is, nothing and line breaks too: `path` knows neither."""

    regex = r"[\s\S]*"


register_converter(Anything, "anything")


def endpoints() -> Iterator[URLPattern]:
    """The API's addresses, guarded: they need a token instead of a log-in, and everything they refuse is a problem."""
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            yield path(f"api/v1/{pattern.pattern}", views.guarded(pattern.callback), name=pattern.name)


urlpatterns = [
    *endpoints(),
    path("me/tokens/", token_pages.tokens, name="my-tokens"),
    path("me/tokens/<int:token_id>/revoke/", token_pages.revoke, name="token-revoke"),
    path("webhooks/", call_pages.subscriptions, name="webhooks"),
    path("webhooks/<int:subscription_id>/", call_pages.subscription, name="webhook"),
    path("webhooks/deliveries/<int:delivery_id>/again/", call_pages.again, name="delivery-again"),
    path("api/docs/", views.docs, name="api-docs"),
    path("api/v1/openapi.json", views.openapi, name="openapi"),
    path("api/v1/<anything:rest>", views.nowhere, name="api-nowhere"),
]
