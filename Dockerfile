# syntax=docker/dockerfile:1
# The plain server: docker build --tag egress --build-arg VERSION=1.2.3 .
# Without VERSION it has the version of Directory.Build.props.

FROM --platform=$BUILDPLATFORM mcr.microsoft.com/dotnet/sdk:10.0-noble AS build
ARG TARGETARCH
ARG VERSION
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props .editorconfig LICENSE ./
COPY deploy/release/ deploy/release/
COPY src/ src/
RUN --mount=type=cache,target=/root/.nuget/packages \
    dotnet publish src/Egress.Server --configuration Release --os linux --arch $TARGETARCH --no-self-contained \
    -p:PublishReadyToRun=true ${VERSION:+-p:Version=$VERSION} --output /app \
    && dotnet run deploy/release/notices.cs -- src/Egress.Server /app/THIRD-PARTY-NOTICES.txt \
    && cp LICENSE /app/
RUN mkdir /data

# Chiseled: no shell, no package manager. $APP_UID is the ordinary user of the base image.
FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled
WORKDIR /app
COPY --from=build /app ./
COPY --from=build --chown=$APP_UID:$APP_UID /data /data

# The only folder that is written to. The diagnostics of .NET would write to /tmp as well.
ENV DATA_DIR=/data \
    DOTNET_EnableDiagnostics=0
VOLUME /data
USER $APP_UID
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["/app/Egress.Server", "health"]
ENTRYPOINT ["/app/Egress.Server"]
