import botocore.exceptions


class StorageError(Exception):
    """The bucket did not take or give what it should."""


class Storage:
    def __init__(self, client, bucket: str):
        self._client = client
        self._bucket = bucket

    def read(self, key: str) -> bytes:
        try:
            return self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except botocore.exceptions.ClientError as error:
            raise StorageError(key) from error

    def write(self, key: str, data: bytes) -> None:
        try:
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data)
        except botocore.exceptions.ClientError as error:
            raise StorageError(key) from error
