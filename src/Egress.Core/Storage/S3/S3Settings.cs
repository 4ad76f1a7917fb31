using Egress.Backends;
using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Storage.S3;

/// <summary>The settings of S3 and compatible stores.</summary>
internal sealed class S3Settings : IStorageKind
{
    // Variables of the SDK that many machines have for other tools. They configure how SDKs connect, and do not show that an S3 storage is meant.
    private static readonly string[] Tuning =
    [
        "AWS_CA_BUNDLE", "AWS_CLI_", "AWS_DEFAULT_OUTPUT", "AWS_DEFAULTS_MODE", "AWS_EC2_METADATA_", "AWS_MAX_ATTEMPTS", "AWS_PAGER",
        "AWS_RETRY_MODE", "AWS_SDK_",
    ];

    private static readonly S3Options Defaults = new();

    private static readonly Setting<Uri?> Endpoint = new("S3_ENDPOINT", ValueFormats.HttpUrl)
    {
        Default = null,
        Example = "https://account.r2.cloudflarestorage.com",
        Text = "Endpoint of an S3-compatible store such as R2 or MinIO. Leave it unset for AWS itself.",
    };

    private static readonly Setting<string?> Region = new("S3_REGION", ValueFormats.Text("the name of a region"))
    {
        Default = Defaults.Region,
        Text = "Region of the buckets. Many compatible stores accept any region.",
    };

    private static readonly Setting<bool> ForcePathStyle = new("S3_FORCE_PATH_STYLE", ValueFormats.Boolean)
    {
        Alias = "S3_USE_PATH_STYLE",
        Default = Defaults.ForcePathStyle,
        DefaultInWords = "`true` with `S3_ENDPOINT`, else `false`",
        Text = "Whether the bucket is in the path of the URL instead of in the host name.",
    };

    private static readonly Setting<string?> AccessKeyId = new("S3_ACCESS_KEY_ID", ValueFormats.Text("text"))
    {
        Default = null,
        Example = "your-access-key",
        IsSecret = true,
        Text = "Static access key; needs `S3_SECRET_ACCESS_KEY`.",
    };

    private static readonly Setting<string?> SecretAccessKey = new("S3_SECRET_ACCESS_KEY", ValueFormats.Text("text"))
    {
        Default = null,
        Example = "your-secret-key",
        IsSecret = true,
        Text = "Secret of the static access key; needs `S3_ACCESS_KEY_ID`.",
    };

    private static readonly Setting<string?> CertificateAuthorities = new("S3_CA_FILE", ValueFormats.Text("the path of a PEM file"))
    {
        Default = null,
        Example = "/etc/egress/s3-ca.pem",
        Text = "PEM file with certificate authorities that are trusted for the endpoint, in addition to those of the system. The file may contain a "
            + "self-signed certificate of the server itself. It is read at the start.",
    };

    /// <inheritdoc/>
    public string Name => S3Options.Name;

    /// <summary>Empty, because S3 is the default kind of storage.</summary>
    public IReadOnlyList<Setting> Places => [];

    /// <inheritdoc/>
    public IEnumerable<string> RemoteNames(SettingBinder binder) =>
        binder.NamesWithPrefix("S3_", "AWS_").Except(binder.NamesWithPrefix(Tuning));

    /// <inheritdoc/>
    public void AddTo(SettingGroup group)
    {
        group.Add(Endpoint);
        group.Add(Region);
        group.Add(ForcePathStyle);
        group.Add(AccessKeyId);
        group.Add(SecretAccessKey);
        group.Add(CertificateAuthorities);
    }

    /// <inheritdoc/>
    public StorageOptions Bind(SettingBinder binder, Setting? type, EmbeddedDefaults embedded)
    {
        var endpoint = binder.Get(Endpoint);
        if (binder.IsSet(AccessKeyId) != binder.IsSet(SecretAccessKey))
        {
            var (given, missing) = binder.IsSet(AccessKeyId) ? (AccessKeyId, SecretAccessKey) : (SecretAccessKey, AccessKeyId);
            binder.Fault($"{given.Name} is set, but {missing.Name} is not; allowed: both, or neither for the SDK's own chain");
        }

        var authorities = binder.Get(CertificateAuthorities);
        if (authorities is not null && CertificateTrust.WhyUnusable(authorities) is { } reason)
        {
            binder.Fault($"{CertificateAuthorities.Name} is {authorities}: {reason}; allowed: {CertificateAuthorities.AllowedInPlainText}");
        }

        return new S3Options
        {
            Endpoint = endpoint,
            Region = binder.Get(Region)!,
            ForcePathStyle = binder.Get(ForcePathStyle, endpoint is not null),
            AccessKeyId = binder.Get(AccessKeyId),
            SecretAccessKey = binder.Get(SecretAccessKey),
            CertificateAuthorities = authorities,
        };
    }
}
