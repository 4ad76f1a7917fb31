using System.Text.RegularExpressions;
using Egress.Callbacks.Delivery;
using Egress.Backends;
using Egress.Queues;
using Egress.Queues.AzureQueue;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Callbacks;

/// <summary>Settings of callbacks and their queue.</summary>
internal static partial class CallbackSettings
{
    internal static readonly SettingGroup Group = new(
        "Callbacks",
        """
        Egress sends the outcome of a download to the URL in the record's `callback`: see [callbacks.md](callbacks.md). Callbacks wait on a queue: in
        the Functions app a queue in the app's own storage account (`AzureWebJobsStorage`), in the plain server a SQLite file in `DATA_DIR/callbacks`.
        """);

    private static readonly CallbackOptions Defaults = new();

    private static readonly Setting<string?> Queue = Group.Add<string?>(new("CALLBACK_QUEUE", new ValueFormat<string?>(
        "3 to 56 lower-case letters, digits and single hyphens", TryParseQueue, text => text ?? ""))
    {
        Default = Defaults.QueueName,
        Text = "Name of the Azure queue. Its poison queue has `-poison` appended. The triggers of the Functions app are bound to the default.",
    });

    private static readonly Setting<string?> Connection = Group.Add<string?>(new(
        "CALLBACK_QUEUE_CONNECTION", ValueFormats.Text("a connection string with `AccountName` or `QueueEndpoint`, or `UseDevelopmentStorage=true`"))
    {
        Default = null,
        DefaultInWords = "`AzureWebJobsStorage` in the Functions app, SQLite in the plain server",
        Example = "UseDevelopmentStorage=true",
        IsSecret = true,
        Text = "Connection string of Azure Queue Storage. The triggers of the Functions app use it too.",
    });

    private static readonly Setting<Uri?> ServiceUrl = Group.Add<Uri?>(new(
        "CALLBACK_QUEUE_CONNECTION__queueServiceUri", ValueFormats.HttpsUrl)
    {
        Default = null,
        Example = "https://account.queue.core.windows.net",
        Text = "URL of Azure Queue Storage, which is used with the identity of the process. Set this or a connection string. The host of the Functions "
            + "app reads `CALLBACK_QUEUE_CONNECTION__credential` (`managedidentity`) in addition.",
    });

    private static readonly Setting<string?> ClientId = Group.Add<string?>(new(
        "CALLBACK_QUEUE_CONNECTION__clientId", ValueFormats.Text("a client id"))
    {
        Default = null,
        Text = "Client id of the user-assigned identity that accesses Azure Queue Storage.",
    });

    private static readonly Setting<int> MaxRetries = Group.Add<int>(new("CALLBACK_MAX_RETRIES", ValueFormats.Integer(0, 100))
    {
        Default = Defaults.MaxRetries,
        Text = "Attempts after the first one. When all have failed, the callback is moved to the poison queue.",
    });

    private static readonly Setting<TimeSpan> RetryDelay = Group.Add<TimeSpan>(new(
        "CALLBACK_RETRY_DELAY", ValueFormats.Duration(TimeSpan.FromHours(1)))
    {
        Default = Defaults.RetryDelay,
        Text = "Delay before the first retry. It doubles with each further retry, ± 20 %, up to `1h`. A longer `Retry-After` is respected up to `1h`.",
    });

    private static readonly Setting<TimeSpan> Timeout = Group.Add<TimeSpan>(new(
        "CALLBACK_TIMEOUT", ValueFormats.Duration(TimeSpan.FromMinutes(10), least: TimeSpan.FromMilliseconds(1)))
    {
        Default = Defaults.Timeout,
        Text = "Time limit of one attempt, connecting included.",
    });

    private static readonly Setting<TimeSpan> Lease = Group.Add<TimeSpan>(new(
        "CALLBACK_LEASE", ValueFormats.Duration(TimeSpan.FromHours(24), least: TimeSpan.FromSeconds(5)))
    {
        Default = Defaults.Lease,
        Text = "How long after the death of a process its downloads are reported as interrupted. The message of a running download is renewed after "
            + "each fifth of this time. A plain server with its own queue reports them earlier, as soon as it starts again.",
    });

    private static readonly Setting<TimeSpan> ResumeWindow = Group.Add<TimeSpan>(new("RESUME_WINDOW", ValueFormats.Duration(TimeSpan.FromDays(30)))
    {
        Default = Defaults.ResumeWindow,
        Text = "How long an interrupted download may wait for its next request before its callback says `failed`. The callback says `completed` when "
            + "the whole archive was sent, by any number of requests and instances. With `0` each request has its own callback, at once.",
    });

    private static readonly Setting<string?> SigningSecret = Group.Add<string?>(new("CALLBACK_SIGNING_SECRET", new ValueFormat<string?>(
        $"`whsec_` and the base64 of at least {CallbackSignature.LeastLength} bytes, or at least {CallbackSignature.LeastLength} characters",
        TryParseSecret,
        text => text ?? ""))
    {
        Default = null,
        Example = "whsec_Y2hhbmdlLW1lLXRvLTI0LXJhbmRvbS1ieXRlcw==",
        IsSecret = true,
        Text = "The secret that signs callbacks (Standard Webhooks). Without it they are not signed.",
    });

    private static readonly Setting<IReadOnlyList<string>> AllowedHosts = Group.Add<IReadOnlyList<string>>(new(
        "CALLBACK_ALLOWED_HOSTS",
        new ValueFormat<IReadOnlyList<string>>("host names separated by commas, `*.example.com` for all below one", TryParseHosts, hosts => string.Join(',', hosts)))
    {
        Default = Defaults.AllowedHosts,
        DefaultInWords = "any host",
        Example = "app.example.com,*.hooks.example.com",
        Text = "Hosts that Egress may call. Addresses of private networks are refused for these hosts too.",
    });

    private static readonly Setting<bool> AllowPrivateNetworks = Group.Add<bool>(new("CALLBACK_ALLOW_PRIVATE_NETWORKS", ValueFormats.Boolean)
    {
        Default = Defaults.AllowPrivateNetworks,
        Text = "Whether loopback, link-local, private, shared and metadata addresses may be called too. The authors of records can then reach every "
            + "address that this process can reach.",
    });

    private static readonly Setting<string?> AuthoritiesFile = Group.Add<string?>(new("CALLBACK_CA_FILE", ValueFormats.Text("the path of a PEM file"))
    {
        Default = null,
        Example = "/etc/egress/callback-ca.pem",
        Text = "PEM file with certificate authorities that are trusted for receivers, in addition to those of the system. The file may contain a "
            + "self-signed certificate of the server itself. It is read at the start.",
    });

    internal static CallbackOptions Bind(SettingBinder binder, HostProfile host, string dataDirectory)
    {
        var queue = binder.Get(Queue)!;
        var azure = BindAccount(binder, host);
        if (!host.IsServer && queue != QueueNames.Callbacks)
        {
            binder.Fault($"{Queue.Name} is {queue}, but the triggers of the Functions app are bound to {QueueNames.Callbacks}; allowed: that name");
        }

        return new CallbackOptions
        {
            QueueName = queue,
            Azure = azure,
            Folder = host.IsServer ? Path.Combine(dataDirectory, "callbacks") : null,
            MaxRetries = binder.Get(MaxRetries),
            RetryDelay = binder.Get(RetryDelay),
            Timeout = binder.Get(Timeout),
            Lease = binder.Get(Lease),
            ResumeWindow = binder.Get(ResumeWindow),
            SigningSecret = binder.Get(SigningSecret),
            AllowedHosts = binder.Get(AllowedHosts),
            AllowPrivateNetworks = binder.Get(AllowPrivateNetworks),
            CertificateAuthorities = BindAuthorities(binder),
        };
    }

    private static string? BindAuthorities(SettingBinder binder)
    {
        if (binder.Get(AuthoritiesFile) is not { } path)
        {
            return null;
        }

        if (CertificateTrust.WhyUnusable(path) is { } reason)
        {
            binder.Fault($"{AuthoritiesFile.Name} is {path}: {reason}; allowed: {AuthoritiesFile.AllowedInPlainText}");
        }

        return path;
    }

    private static AzureQueueOptions? BindAccount(SettingBinder binder, HostProfile host)
    {
        var (connection, url, clientId) = (binder.Get(Connection), binder.Get(ServiceUrl), binder.Get(ClientId));
        if (connection is not null && url is not null)
        {
            binder.Fault($"{Connection.Name} and {ServiceUrl.Name} are both set; allowed: one of them");
        }

        if (connection is not null || url is not null)
        {
            return new AzureQueueOptions { ConnectionName = Connection.Name, ConnectionString = connection, ServiceUrl = url, ClientId = clientId };
        }

        return host.UsesHostStorage ? BindHostStorage(binder, isRequired: !host.IsServer) : null;
    }

    /// <summary>Reads the storage account of the Functions host from the settings that the host itself uses.</summary>
    private static AzureQueueOptions? BindHostStorage(SettingBinder binder, bool isRequired)
    {
        const string Name = QueueNames.HostConnection;
        var account = binder.Foreign($"{Name}__accountName");
        var options = new AzureQueueOptions
        {
            ConnectionString = binder.Foreign(Name),
            ServiceUrl = Uri.TryCreate(binder.Foreign($"{Name}__queueServiceUri"), UriKind.Absolute, out var url) ? url
                : account is not null && Uri.TryCreate($"https://{account}.queue.core.windows.net", UriKind.Absolute, out var byName) ? byName
                : null,
            ClientId = binder.Foreign($"{Name}__clientId"),
        };
        if (options is not { ConnectionString: null, ServiceUrl: null })
        {
            return options;
        }

        if (isRequired)
        {
            binder.Fault($"{Connection.Name} is not set, nor is {Name} or {Name}__queueServiceUri; allowed: {Connection.AllowedInPlainText}");
        }

        return null;
    }

    // The rules of "Naming Queues and Metadata" of the REST API, with a lower limit to leave room for the suffix of the poison queue.
    private static bool TryParseQueue(string text, out string? value)
    {
        value = text.Trim();
        return QueueName().IsMatch(value);
    }

    private static bool TryParseSecret(string text, out string? value)
    {
        value = text.Trim();
        return CallbackSignature.KeyOf(value) is not null;
    }

    private static bool TryParseHosts(string text, out IReadOnlyList<string> value)
    {
        value = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return value.Count > 0 && value.All(host => Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) != UriHostNameType.Unknown);
    }

    [GeneratedRegex("^(?=.{3,56}$)[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex QueueName();
}
