# permgap with git (for --changed-since), run as a user without rights.
#
#   docker build -t permgap .
#   docker run --rm -v "$PWD:/work:ro" permgap audit --source-dir force-app --mappings mappings.csv
FROM rust:1.95-slim-bookworm AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends cmake g++ make \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /build
COPY . .
RUN cargo build --release --locked --bin permgap

FROM debian:bookworm-slim
# A mounted repository belongs to another user, which git would refuse.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git \
 && rm -rf /var/lib/apt/lists/* \
 && git config --system --add safe.directory '*' \
 && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin permgap
COPY --from=build /build/target/release/permgap /usr/local/bin/permgap
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["permgap"]
CMD ["--help"]
