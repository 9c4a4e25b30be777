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

# The root of the image: Node.js without its symbols for debuggers, the libraries that it is linked with, and what tells a scanner
# of which packages they are, as images of distroless do.
RUN apt-get update && apt-get install --yes --no-install-recommends binutils
WORKDIR /image
RUN mkdir -p nodejs/bin etc home/nonroot tmp var/lib/dpkg/status.d && chmod 1777 tmp \
  && strip -o nodejs/bin/node /usr/local/bin/node \
  && ldd /usr/local/bin/node | grep -o '/[^ ]*' | xargs cp --parents --dereference --target-directory=. /etc/os-release \
  && for name in libc6 libgcc-s1 libstdc++6; do dpkg-query --status $name > var/lib/dpkg/status.d/$name || exit; done \
  && echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' > etc/passwd \
  && echo 'nonroot:x:65532:' > etc/group

FROM scratch
COPY --from=build /image /
COPY --from=build /opt/s3-backup /opt/s3-backup
# Nothing is written but to mounts, /tmp and /dev/shm, so the root file system may be read-only.
WORKDIR /work
USER 65532:65532
# The program ends its run in order, also as the first process of the container.
STOPSIGNAL SIGTERM
# Whether a run that takes long still has what it needs. The configuration is found by backup_config or other variables; with
# arguments of the run it is not: then start with --no-healthcheck.
HEALTHCHECK --interval=5m --timeout=1m --start-period=1m \
  CMD ["/nodejs/bin/node", "/opt/s3-backup/bin/s3-backup.js", "status", "--no-write-probe"]
ENTRYPOINT ["/nodejs/bin/node", "/opt/s3-backup/bin/s3-backup.js"]
