# The same steps run outside of a container in .ci/run: scripts/image-build.sh, then the command at the end.
FROM node:24-bookworm-slim AS build
WORKDIR /build
COPY . .
RUN sh scripts/image-build.sh /app

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="Carekey" \
      org.opencontainers.image.description="Identity and access server for healthcare" \
      org.opencontainers.image.licenses="Apache-2.0"

# Inside a container the loopback address reaches nobody; what is published outside is decided by whoever runs it.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=8103 \
    CAREKEY_DATA_DIR=/var/lib/carekey

WORKDIR /app
COPY --from=build /app ./
RUN install -d -o node -g node -m 0700 /var/lib/carekey
VOLUME /var/lib/carekey

USER node
EXPOSE 8103
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/bundle/main.js"]
