use super::Holds;
use crate::facts::dockerfile;
use crate::model::image::content::Content;
use crate::source::Sources;
use crate::span::{Range, Span};

fn content(text: &str) -> Content {
    let sources = Sources::from_texts([("Dockerfile", text)]);
    let file = sources.find("Dockerfile").expect("the file is there");
    let facts = dockerfile::extract(text);
    let stage = facts.final_stage().expect("it has a stage");
    Content::of(file, &facts, stage, Span::new(file, Range::new(0, 4)))
}

fn told(holds: &Holds) -> &'static str {
    match holds {
        Holds::Has(..) => "has",
        Holds::Lacks(..) => "lacks",
        Holds::Unknown(_) => "unknown",
    }
}

#[test]
fn whether_an_image_has_a_program() {
    for (text, program, expected) in [
        ("FROM debian:12-slim\n", "curl", "lacks"),
        (
            "FROM debian:12-slim\nRUN apt-get update && apt-get install -y curl=8.* ca-certificates\n",
            "curl",
            "has",
        ),
        (
            "FROM debian:12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends curl:amd64 \\\n && rm -rf /x\n",
            "curl",
            "has",
        ),
        ("FROM debian:12-slim\nRUN if [ \"$X\" ]; then apt-get install -y curl; fi\n", "curl", "unknown"),
        ("FROM debian:12-slim\nARG P=curl\nRUN apt-get install -y $P\n", "curl", "has"),
        ("FROM debian:12-slim\nARG P\nRUN apt-get install -y $P\n", "curl", "unknown"),
        ("FROM debian:12-slim\nRUN apt-get install -y some-package\n", "curl", "unknown"),
        ("FROM debian:12-slim\nRUN ./install.sh\n", "curl", "unknown"),
        ("FROM debian:12-slim\nRUN echo curl && useradd curl\n", "curl", "lacks"),
        ("FROM debian:12-slim\nRUN apt-get install -y curl && apt-get purge -y curl\n", "curl", "lacks"),
        ("FROM debian:12-slim AS base\nRUN apt-get install -y wget\nFROM base\nUSER app\n", "wget", "has"),
        (
            "FROM debian:12-slim AS base\nRUN apt-get install -y wget\nFROM debian:12-slim\nCOPY --from=base /app /app\n",
            "wget",
            "lacks",
        ),
        ("FROM alpine:3.22\n", "wget", "has"),
        ("FROM alpine:3.22\nRUN apk add --no-cache --virtual .deps curl && apk del .deps\n", "curl", "lacks"),
        ("FROM scratch\nCOPY --from=busybox:1.36 /bin/wget /bin/wget\n", "wget", "has"),
        ("FROM scratch\nCOPY --from=busybox:1.36 /bin/ /bin/\n", "wget", "unknown"),
        ("FROM scratch\nCOPY --from=build / /\n", "sh", "unknown"),
        ("FROM scratch\nCOPY --from=build /app/target/release/app /usr/local/bin/\n", "sh", "lacks"),
        ("FROM ghcr.io/acme/base:1\n", "sh", "unknown"),
        ("FROM debian:12-slim\nCOPY --from=build /x/out/ /usr/local/bin/\n", "curl", "unknown"),
        ("FROM debian:12-slim\nCOPY static/ /app/static/\n", "curl", "lacks"),
    ] {
        assert_eq!(told(&content(text).program(program)), expected, "{program} in {text}");
    }
}

#[test]
fn whether_an_image_has_root_certificates() {
    for (text, expected) in [
        ("FROM debian:12-slim\n", "lacks"),
        ("FROM debian:12-slim\nRUN apt-get install -y --no-install-recommends ca-certificates\n", "has"),
        ("FROM debian:12-slim\nRUN apt-get install -y curl\n", "has"),
        ("FROM debian:12-slim\nRUN apt-get install -y --no-install-recommends curl\n", "lacks"),
        ("FROM debian:12-slim\nRUN apt-get install -y libssl3 openssl tzdata\n", "lacks"),
        ("FROM debian:12-slim\nRUN apt-get install -y ffmpeg\n", "unknown"),
        ("FROM ubuntu:24.04\n", "lacks"),
        ("FROM alpine:3.22\n", "has"),
        ("FROM gcr.io/distroless/static-debian12\n", "has"),
        ("FROM scratch\n", "lacks"),
        ("FROM scratch\nCOPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\n", "has"),
        ("FROM scratch\nCOPY --from=build /etc/ssl/certs /etc/ssl/certs\n", "has"),
        ("FROM scratch\nCOPY --from=build /rootfs /\n", "unknown"),
        ("FROM scratch\nCOPY rootfs/ /\n", "unknown"),
        ("FROM scratch\nCOPY --from=build /app /app\n", "lacks"),
        ("FROM rust:1.90-slim\n", "has"),
    ] {
        assert_eq!(told(&content(text).roots()), expected, "{text}");
    }
}
