"""Uploads or downloads a folder with aws-c-s3: `c-client.py copy|restore FOLDER ENDPOINT BUCKET [CERTIFICATE]`.

No digest is computed and nothing is verified: what the C client costs without. As the runner of
awslabs/aws-crt-s3-benchmarks does, it has as many files under way as descriptors allow, and at most 10,000.
"""
import os
import ssl
import sys
import urllib.parse
import urllib.request
import xml.etree.ElementTree
from resource import RLIMIT_NOFILE, getrlimit
from threading import Semaphore

from awscrt.auth import AwsCredentialsProvider
from awscrt.http import HttpHeaders, HttpRequest
from awscrt.io import (ClientBootstrap, ClientTlsContext, DefaultHostResolver, EventLoopGroup, TlsConnectionOptions,
                       TlsContextOptions)
from awscrt.s3 import S3Client, S3RequestTlsMode, S3RequestType, create_default_s3_signing_config

TASK, FOLDER, ENDPOINT, BUCKET, *CERTIFICATE = sys.argv[1:]
REGION = os.environ['AWS_REGION']
HOST = urllib.parse.urlsplit(ENDPOINT).netloc
# A file and a connection each need a descriptor.
UNDER_WAY = Semaphore(min(10_000, int(getrlimit(RLIMIT_NOFILE)[0] * 0.4)))


def local_files():
    for parent, _, names in os.walk(FOLDER):
        for name in names:
            path = os.path.join(parent, name)
            yield os.path.relpath(path, FOLDER), path


def stored_files():
    """Lists the bucket with the standard library: aws-c-s3 lists nothing. The sink checks no signature."""
    context = ssl.create_default_context(cafile=CERTIFICATE[0]) if CERTIFICATE else None
    token = ''
    while token is not None:
        query = '?list-type=2' + (f'&continuation-token={urllib.parse.quote(token)}' if token else '')
        with urllib.request.urlopen(f'{ENDPOINT}/{BUCKET}{query}', context=context) as answer:
            page = xml.etree.ElementTree.parse(answer)
        for key in page.iterfind('.//{*}Contents/{*}Key'):
            yield key.text, os.path.join(FOLDER, key.text)
        token = page.findtext('{*}NextContinuationToken')


def make_client():
    group = EventLoopGroup()
    bootstrap = ClientBootstrap(group, DefaultHostResolver(group))
    provider = AwsCredentialsProvider.new_static(os.environ['AWS_ACCESS_KEY_ID'], os.environ['AWS_SECRET_ACCESS_KEY'])
    tls = None
    if CERTIFICATE:
        options = TlsContextOptions()
        options.override_default_trust_store_from_path(None, CERTIFICATE[0])
        tls = TlsConnectionOptions(ClientTlsContext(options))
    return S3Client(
        bootstrap=bootstrap, region=REGION, tls_connection_options=tls,
        tls_mode=S3RequestTlsMode.ENABLED if CERTIFICATE else S3RequestTlsMode.DISABLED,
        signing_config=create_default_s3_signing_config(region=REGION, credential_provider=provider))


def start(client, key, path):
    headers = HttpHeaders([('Host', HOST)])
    url = f'/{BUCKET}/{urllib.parse.quote(key)}'
    if TASK == 'copy':
        headers.add('Content-Length', str(os.stat(path).st_size))
        kind, request, files = S3RequestType.PUT_OBJECT, HttpRequest('PUT', url, headers), {'send_filepath': path}
    else:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        kind, request, files = S3RequestType.GET_OBJECT, HttpRequest('GET', url, headers), {'recv_filepath': path}
    UNDER_WAY.acquire()
    return client.make_request(type=kind, request=request, on_done=lambda **_: UNDER_WAY.release(), **files)


s3 = make_client()
started = [start(s3, *each) for each in (local_files() if TASK == 'copy' else stored_files())]
for each in started:
    each.finished_future.result()
