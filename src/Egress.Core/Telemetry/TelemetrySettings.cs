using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Telemetry;

/// <summary>Settings of metrics and traces.</summary>
internal static class TelemetrySettings
{
    internal static readonly SettingGroup Group = new(
        "Telemetry",
        """
        Metrics ([metrics.md](metrics.md)) are read at `/metrics`; metrics and traces are pushed when `OTEL_EXPORTER_OTLP_ENDPOINT` is set. This
        and all other `OTEL_*` variables are defined by OpenTelemetry. In the Functions app `/metrics` is 404 unless credentials are set.
        """);

    private static readonly TelemetryOptions Defaults = new();

    private static readonly Setting<string?> Username = Group.Add<string?>(new("METRICS_USERNAME", new ValueFormat<string?>(
        "text without a colon", TryParseUsername, text => text ?? ""))
    {
        Default = null,
        Example = "prometheus",
        Text = "User name for `/metrics` (Basic); together with the password.",
    });

    private static readonly Setting<string?> Password = Group.Add<string?>(new("METRICS_PASSWORD", ValueFormats.Text("text"))
    {
        Default = null,
        IsSecret = true,
        Text = "Password for `/metrics`; together with the user name.",
    });

    private static readonly Setting<int> Port = Group.Add<int>(new("METRICS_PORT", ValueFormats.Integer(0, 65535))
    {
        Default = 0,
        DefaultInWords = "none",
        Text = "Port on loopback where a side-car scrapes `/metrics` without credentials. It answers only to the host name `localhost`.",
    });

    private static readonly Setting<bool> AccessLog = Group.Add<bool>(new("ACCESS_LOG", ValueFormats.Boolean)
    {
        Default = Defaults.AccessLog,
        Text = "Whether each request for a download is logged as a line of its own (event 1050): address and user agent of the client, download id, status, "
            + "bytes and outcome. `false` where addresses must not be stored.",
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
        // The first colon ends the name (RFC 7617).
        value = text.Trim();
        return !value.Contains(':');
    }
}
