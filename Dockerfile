# Builds kernel-l2tp and leaves an image with Node and the package alone. docs/operate.md says what it needs:
#   docker run --network host --cap-drop ALL --cap-add NET_ADMIN --device /dev/ppp \
#     -v /etc/kernel-l2tp:/etc/kernel-l2tp:ro kernel-l2tp

FROM node:20-bookworm-slim AS build
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends g++ make python3 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/kernel-l2tp
COPY package.json package-lock.json binding.gyp ./
COPY native native
COPY scripts/build-native scripts/build-native
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY lib lib
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20-bookworm-slim
# kmod is for an init container that loads the modules; tini is process 1.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends kmod tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/kernel-l2tp
COPY --from=build /opt/kernel-l2tp/package.json ./
COPY --from=build /opt/kernel-l2tp/node_modules node_modules
COPY --from=build /opt/kernel-l2tp/build/Release/kernel_l2tp.node build/Release/kernel_l2tp.node
COPY --from=build /opt/kernel-l2tp/dist dist
COPY dashboard dashboard
RUN ln -s /opt/kernel-l2tp/dist/cli/main.js /usr/local/bin/kernel-l2tp
ENV NODE_ENV=production
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s CMD ["kernel-l2tp", "show", "tunnels", "--json"]
ENTRYPOINT ["tini", "--", "kernel-l2tp"]
CMD ["serve", "-c", "/etc/kernel-l2tp/lns.yaml"]
