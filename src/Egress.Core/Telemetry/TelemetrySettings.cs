using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Telemetry;

/// <summary>Settings of metrics and traces.</summary>
internal static class TelemetrySettings
{
    internal static readonly SettingGroup Group = new(
        "Telemetry",
        """
        Metrics ([metrics.md](metrics.md)) are read at `/metrics`. Metrics and traces are sent with OTLP if `OTEL_EXPORTER_OTLP_ENDPOINT` is set. This
        and all other `OTEL_*` variables are defined by OpenTelemetry. In the Functions app `/metrics` is answered with 404 unless credentials are
        set.
        """);

    private static readonly TelemetryOptions Defaults = new();

    private static readonly Setting<string?> Username = Group.Add<string?>(new("METRICS_USERNAME", new ValueFormat<string?>(
        "text without a colon", TryParseUsername, text => text ?? ""))
    {
        Default = null,
        Example = "prometheus",
        Text = "User name for `/metrics` (Basic). Needs `METRICS_PASSWORD`.",
    });

    private static readonly Setting<string?> Password = Group.Add<string?>(new("METRICS_PASSWORD", ValueFormats.Text("text"))
    {
        Default = null,
        IsSecret = true,
        Text = "Password for `/metrics`. Needs `METRICS_USERNAME`.",
    });

    private static readonly Setting<int> Port = Group.Add<int>(new("METRICS_PORT", ValueFormats.Integer(0, 65535))
    {
        Default = 0,
        DefaultInWords = "none",
        Text = "Port of the loopback interface on which a side-car reads `/metrics` without credentials. Requests must use the host name `localhost`.",
    });

    private static readonly Setting<bool> AccessLog = Group.Add<bool>(new("ACCESS_LOG", ValueFormats.Boolean)
    {
        Default = Defaults.AccessLog,
        Text = "Whether each request for a download is logged as a separate line (event 1050) with the address and user agent of the client, download "
            + "id, status, bytes and outcome. Set it to `false` if addresses of clients must not be stored.",
    });

    internal static TelemetryOptions Bind(SettingBinder binder, HostProfile host)
    {
        var (username, password, port) = (binder.Get(Username), binder.Get(Password), binder.Get(Port));
        if (binder.IsSet(Username) != binder.IsSet(Password))
        {
            var (set, missing) = binder.IsSet(Username) ? (Username.Name, Password.Name) : (Password.Name, Username.Name);
            binder.Fault($"{set} is set without {missing}; allowed: both or neither");
        }

        var credentials = username is not null && password is not null ? new MetricsCredentials(username, password) : null;
        return new TelemetryOptions
        {
            HasPage = host.IsServer || credentials is not null,
            Credentials = credentials,
            ListenerPort = port == 0 ? null : port,
            AccessLog = binder.Get(AccessLog),
            OpenTelemetry = binder.NamesWithPrefix("OTEL_").ToDictionary(static name => name, name => binder.Foreign(name)!),
        };
    }

    private static bool TryParseUsername(string text, out string? value)
    {
        // A name with a colon is refused, because the first colon separates the name and the password (RFC 7617).
        value = text.Trim();
        return !value.Contains(':');
    }
}
