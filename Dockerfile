# The program alone: Node.js, one bundle, nothing to log in with. Build it in a clone:
#   docker build -t s3-backup .
# docs/operations.md#in-a-container says how it runs.
ARG NODE_MAJOR=24

FROM node:${NODE_MAJOR}-bookworm-slim AS build
WORKDIR /src
COPY package.json package-lock.json ./
# Scripts of packages are not needed, and `prepare` of this one needs the sources.
RUN npm ci --ignore-scripts
COPY . .
RUN node scripts/bundle.js /opt/s3-backup/dist && cp -r bin completions package.json LICENSE /opt/s3-backup/

# 127 of the image's 155 MB are Node.js: docs/operations.md says what a smaller image would cost.
FROM gcr.io/distroless/nodejs${NODE_MAJOR}-debian12:nonroot
COPY --from=build /opt/s3-backup /opt/s3-backup
# Nothing is written but to mounts, /tmp and /dev/shm, so the root file system may be read-only.
WORKDIR /work
USER 65532:65532
# The program ends its run in order, also as the first process of the container.
STOPSIGNAL SIGTERM
# No HEALTHCHECK: a run ends by itself, and its exit code says how. Whether runs happen at all, `s3-backup status --max-age` says
# from outside.
ENTRYPOINT ["/nodejs/bin/node", "/opt/s3-backup/bin/s3-backup.js"]
