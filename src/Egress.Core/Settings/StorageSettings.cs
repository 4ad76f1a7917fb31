using Egress.Settings.Formats;
using Egress.Storage;

namespace Egress.Settings;

/// <summary>Settings of the storage that objects are read from.</summary>
internal static class StorageSettings
{
    internal static readonly SettingGroup Group = new(
        "Storage",
        """
        Where the objects are read from: one of S3 (or a store that speaks its protocol), Azure Blob Storage, or a local or mounted disk.

        Without static keys the SDK of S3 finds credentials itself: environment, profile, container or instance role.
        """);

    private static readonly Setting<StorageType> Type = Group.Add<StorageType>(new("STORAGE_TYPE", ValueFormats.Choice<StorageType>())
    {
        Default = StorageType.S3,
        DefaultInWords = "detected: `local` with `STORAGE_PATH`, `azure` with an `AZURE_STORAGE_*` setting, else `s3`; "
            + "with the embedded database `local`, in `DATA_DIR/files`",
        Text = "Kind of storage.",
    });

    private static readonly Setting<string?> LocalPath = Group.Add<string?>(new("STORAGE_PATH", ValueFormats.Text("the path of a folder"))
    {
        Default = null,
        Example = "/mnt/files",
        Text = "Root of local storage. The bucket of a record is a path under it; nothing outside is ever read.",
    });

    private static readonly S3Options S3Defaults = new();

    private static readonly Setting<Uri?> Endpoint = Group.Add<Uri?>(new("S3_ENDPOINT", ValueFormats.HttpUrl)
    {
        Default = null,
        Example = "https://account.r2.cloudflarestorage.com",
        Text = "Endpoint of an S3-compatible store such as R2 or MinIO; not set for AWS itself.",
    });

    private static readonly Setting<string?> Region = Group.Add<string?>(new("S3_REGION", ValueFormats.Text("the name of a region"))
    {
        Default = S3Defaults.Region,
        Text = "Region of the buckets; many compatible stores accept any.",
    });

    private static readonly Setting<bool> ForcePathStyle = Group.Add<bool>(new("S3_FORCE_PATH_STYLE", ValueFormats.Boolean)
    {
        Alias = "S3_USE_PATH_STYLE",
        Default = S3Defaults.ForcePathStyle,
        DefaultInWords = "`true` with `S3_ENDPOINT`, else `false`",
        Text = "Whether the bucket stands in the path of the URL instead of in the host name.",
    });

    private static readonly Setting<string?> AccessKeyId = Group.Add<string?>(new("S3_ACCESS_KEY_ID", ValueFormats.Text("text"))
    {
        Default = null,
        Example = "your-access-key",
        IsSecret = true,
        Text = "Static access key; needs `S3_SECRET_ACCESS_KEY`.",
    });

    private static readonly Setting<string?> SecretAccessKey = Group.Add<string?>(new("S3_SECRET_ACCESS_KEY", ValueFormats.Text("text"))
    {
        Default = null,
        Example = "your-secret-key",
        IsSecret = true,
        Text = "Secret of the static access key; needs `S3_ACCESS_KEY_ID`.",
    });

    private static readonly Setting<string?> AzureConnectionString = Group.Add<string?>(new(
        "AZURE_STORAGE_CONNECTION_STRING",
        new ValueFormat<string?>(
            "a connection string with `AccountName` or `BlobEndpoint`, or `UseDevelopmentStorage=true`",
            TryParseConnectionString,
            text => text ?? ""))
    {
        Default = null,
        Example = "UseDevelopmentStorage=true",
        IsSecret = true,
        Text = "Azure Blob Storage by connection string.",
    });

    private static readonly Setting<Uri?> AzureAccountUrl = Group.Add<Uri?>(new("AZURE_STORAGE_ACCOUNT_URL", ValueFormats.HttpsUrl)
    {
        Default = null,
        Example = "https://account.blob.core.windows.net",
        Text = "Azure Blob Storage by URL, with the identity of the process (`DefaultAzureCredential`); instead of a connection string.",
    });

    internal static StorageOptions Bind(SettingBinder binder, EmbeddedDefaults embedded)
    {
        var type = binder.Get(Type, embedded.Storage ? StorageType.Local : Detect(binder));
        var localPath = binder.Get(LocalPath, embedded.Storage ? Path.Combine(embedded.DataDirectory, "files") : null);
        var endpoint = binder.Get(Endpoint);
        var options = new StorageOptions
        {
            Type = type,
            LocalPath = localPath,
            S3 = new S3Options
            {
                Endpoint = endpoint,
                Region = binder.Get(Region)!,
                ForcePathStyle = binder.Get(ForcePathStyle, endpoint is not null),
                AccessKeyId = binder.Get(AccessKeyId),
                SecretAccessKey = binder.Get(SecretAccessKey),
            },
            Azure = new AzureBlobOptions
            {
                ConnectionString = binder.Get(AzureConnectionString),
                AccountUrl = binder.Get(AzureAccountUrl),
            },
        };
        Check(binder, options);
        return options;
    }

    /// <summary>Whether no setting says where objects are, or only that they are local.</summary>
    internal static bool IsLeftToTheServer(SettingBinder binder) =>
        !binder.IsSet(LocalPath) && !IsAzureSet(binder) && (!binder.IsSet(Type) || binder.Peek(Type) == StorageType.Local);

    private static StorageType Detect(SettingBinder binder)
    {
        var type = binder.IsSet(LocalPath) ? StorageType.Local : IsAzureSet(binder) ? StorageType.Azure : StorageType.S3;
        if (type == StorageType.Local && IsAzureSet(binder) && !binder.IsSet(Type))
        {
            binder.Warn($"{binder.NameOf(LocalPath)} makes the storage local; the settings {AzureConnectionString.Name} and "
                + $"{AzureAccountUrl.Name} are not used (set {Type.Name} to choose)");
        }

        return type;
    }

    private static bool IsAzureSet(SettingBinder binder) => binder.IsSet(AzureConnectionString) || binder.IsSet(AzureAccountUrl);

    private static void Check(SettingBinder binder, StorageOptions options)
    {
        if (binder.IsSet(AccessKeyId) != binder.IsSet(SecretAccessKey))
        {
            var (given, missing) = binder.IsSet(AccessKeyId) ? (AccessKeyId, SecretAccessKey) : (SecretAccessKey, AccessKeyId);
            binder.Fault($"{given.Name} is set, but {missing.Name} is not; allowed: both, or neither for the SDK's own chain");
        }

        if (binder.IsSet(AzureConnectionString) && binder.IsSet(AzureAccountUrl))
        {
            binder.Fault($"{AzureConnectionString.Name} and {AzureAccountUrl.Name} are both set; allowed: one of them");
        }

        if (options.Type == StorageType.Azure && !IsAzureSet(binder))
        {
            binder.Fault($"{Type.Name} is azure, but the account is not set; "
                + $"allowed: {AzureConnectionString.Name} or {AzureAccountUrl.Name}");
        }

        if (options.Type == StorageType.Local && options.LocalPath is null)
        {
            binder.Fault($"{Type.Name} is local, but {LocalPath.Name} is not set; allowed: {LocalPath.Allowed}");
        }
    }

    private static bool TryParseConnectionString(string text, out string? value)
    {
        value = text.Trim();
        var names = value.Split(';').Select(part => part.Split('=')[0].Trim());
        return value.Contains('=')
            && names.Any(name => name.ToUpperInvariant() is "ACCOUNTNAME" or "BLOBENDPOINT" or "USEDEVELOPMENTSTORAGE");
    }
}
