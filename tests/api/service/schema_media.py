"""Hook of schemathesis: uploads are drawn as bytes."""

import schemathesis

from api.routes.theatres import MEDIA

for media in MEDIA:
    schemathesis.serializer.alias(media, "application/octet-stream")
