using Egress.Settings;
using Egress.Settings.Formats;
using Microsoft.Extensions.Logging;

namespace Egress.Hosting;

/// <summary>The settings of the plain server.</summary>
internal static class ServerSettings
{
    internal static readonly SettingGroup Group = new(
        "Plain server",
        """
        Only the plain server reads these settings.

        Without `DB_URL` and any `S3_*`, `AWS_*` or `AZURE_STORAGE_*` setting the server keeps everything itself under `DATA_DIR`: records in
        `egress.db`, objects in `files` and, without `SIGNING_SECRET`, a generated signing secret. Links must then be signed, unless `ENFORCE_SIGNING`
        is `false`. Each of these settings replaces one of the embedded parts. With a remote storage and without `DB_URL` the server does not start.
        `AWS_*` variables that only configure SDKs do not point to a remote storage: `AWS_CA_BUNDLE`, `AWS_PAGER`, `AWS_SDK_*`, `AWS_CLI_*`,
        `AWS_EC2_METADATA_*`, `AWS_RETRY_MODE`, `AWS_MAX_ATTEMPTS`, `AWS_DEFAULTS_MODE` and `AWS_DEFAULT_OUTPUT`.
        """);

    private static readonly ServerOptions Defaults = new();

    private static readonly Setting<int> Port = Group.Add<int>(new("PORT", ValueFormats.Integer(0, 65535))
    {
        Default = Defaults.Port,
        Text = "TCP port. With `0` the server uses any free port.",
    });

    private static readonly Setting<string?> DataDirectory = Group.Add<string?>(new("DATA_DIR", ValueFormats.Text("the path of a folder"))
    {
        Default = Defaults.DataDirectory,
        Text = "Folder of the embedded database, storage and queues. `serve` creates the folder; other commands need an existing one.",
    });

    private static readonly Setting<TimeSpan> ShutdownTimeout = Group.Add<TimeSpan>(new(
        "SHUTDOWN_TIMEOUT", ValueFormats.Duration(TimeSpan.FromHours(24)))
    {
        Default = Defaults.ShutdownTimeout,
        Text = "How long running downloads may continue after SIGTERM or Ctrl+C. New requests get 503 during this time. The server exits when the last "
            + "download has ended. With `0` downloads are aborted at once.",
    });

    private static readonly Setting<LogLevel> LogLevels = Group.Add<LogLevel>(new("LOG_LEVEL", ValueFormats.Choice<LogLevel>())
    {
        Default = Defaults.LogLevel,
        Text = "The lowest level that is logged. The Functions app has the levels of `host.json` instead.",
    });

    private static readonly Setting<bool> EnableHttps = Group.Add<bool>(new("ENABLE_HTTPS", ValueFormats.Boolean)
    {
        Default = false,
        Text = "Whether the server itself accepts HTTPS. Needs `TLS_CERT_FILE` and `TLS_KEY_FILE`. Egress does not request certificates "
            + "(`LETSENCRYPT_*` causes a warning). Use a proxy that requests them.",
    });

    private static readonly Setting<string?> CertificateFile = Group.Add<string?>(new(
        "TLS_CERT_FILE", ValueFormats.Text("the path of a PEM file"))
    {
        Default = null,
        Example = "/etc/egress/tls.crt",
        Text = "PEM file with the certificate, followed by the certificates of its issuers. Both files are read again when they change.",
    });

    private static readonly Setting<string?> KeyFile = Group.Add<string?>(new(
        "TLS_KEY_FILE", ValueFormats.Text("the path of a PEM file"))
    {
        Default = null,
        Example = "/etc/egress/tls.key",
        Text = "PEM file with the private key of the certificate, not encrypted.",
    });

    internal static ServerOptions Bind(SettingBinder binder)
    {
        if (binder.NamesWithPrefix("LETSENCRYPT_") is [_, ..] names)
        {
            binder.Warn($"{string.Join(", ", names)}: Egress fetches no certificates; use a proxy that does (Caddy, nginx, Traefik)");
        }

        return new ServerOptions
        {
            Port = binder.Get(Port),
            DataDirectory = binder.Get(DataDirectory)!,
            ShutdownTimeout = binder.Get(ShutdownTimeout),
            LogLevel = binder.Get(LogLevels),
            Tls = BindTls(binder),
        };
    }

    private static TlsFiles? BindTls(SettingBinder binder)
    {
        var (enabled, certificate, key) = (binder.Get(EnableHttps), binder.Get(CertificateFile), binder.Get(KeyFile));
        if (enabled && certificate is not null && key is not null)
        {
            return new TlsFiles(certificate, key);
        }

        if (enabled)
        {
            var missing = new[] { CertificateFile, KeyFile }.Where(file => !binder.IsSet(file)).Select(file => file.Name);
            binder.Fault($"{EnableHttps.Name} is true without {string.Join(" and ", missing)}; allowed: both files, or plain HTTP behind "
                + "a proxy that terminates TLS (Caddy, nginx, Traefik)");
        }
        else if (certificate is not null || key is not null)
        {
            binder.Warn($"{CertificateFile.Name} and {KeyFile.Name} are not used, because {EnableHttps.Name} is not true");
        }

        return null;
    }
}
