"""Objects in memory, in a folder and in S3 keep what the port promises."""

from pathlib import Path
from urllib.parse import urlsplit

from adapters.objectstore.objects import objects_in_folder, objects_in_memory, objects_in_s3
from application.kernel.objects import ObjectStore
from contracts.conformance.objects import ObjectsConformance
from tests.services import url_of


class TestMemoryObjects(ObjectsConformance):
    async def open_objects(self, folder: Path, largest: int) -> ObjectStore:
        return objects_in_memory(largest)

    async def reopen_objects(self, objects: ObjectStore, folder: Path, largest: int) -> ObjectStore:
        return objects


class TestLocalObjects(ObjectsConformance):
    async def open_objects(self, folder: Path, largest: int) -> ObjectStore:
        return objects_in_folder(folder.as_uri(), largest)


class TestS3Objects(ObjectsConformance):
    """Each folder is a prefix of its own in the bucket that all tests share."""

    async def open_objects(self, folder: Path, largest: int) -> ObjectStore:
        prefix = f"/tests/{folder.parent.parent.name}/{folder.parent.name}/{folder.name}"
        return objects_in_s3(urlsplit(url_of("s3"))._replace(path=prefix).geturl(), largest, 10)
