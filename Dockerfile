# Builds kernel-l2tp and leaves an image with Node and the package alone.
# Run it with what it needs, and no more:
#   docker run --network host --cap-add NET_ADMIN --device /dev/ppp -v ./lns.yaml:/etc/kernel-l2tp/lns.yaml:ro kernel-l2tp
# The host loads the modules: modprobe -a l2tp_ppp l2tp_netlink

FROM node:20-bookworm-slim AS build
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends g++ make python3 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/kernel-l2tp
COPY package.json package-lock.json binding.gyp ./
COPY native native
COPY scripts/build-native scripts/build-native
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY lib lib
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:20-bookworm-slim
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends iproute2 tini \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/kernel-l2tp
COPY --from=build /opt/kernel-l2tp/package.json ./
COPY --from=build /opt/kernel-l2tp/node_modules node_modules
COPY --from=build /opt/kernel-l2tp/build/Release/kernel_l2tp.node build/Release/kernel_l2tp.node
COPY --from=build /opt/kernel-l2tp/dist dist
RUN ln -s /opt/kernel-l2tp/dist/cli/main.js /usr/local/bin/kernel-l2tp
HEALTHCHECK --interval=30s --timeout=5s CMD ["kernel-l2tp", "show", "tunnels", "--json"]
ENTRYPOINT ["tini", "--", "kernel-l2tp"]
CMD ["serve", "-c", "/etc/kernel-l2tp/lns.yaml"]
