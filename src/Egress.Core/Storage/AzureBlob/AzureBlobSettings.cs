using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Storage.AzureBlob;

/// <summary>The settings of Azure Blob Storage.</summary>
internal sealed class AzureBlobSettings : IStorageKind
{
    private readonly Setting<string?> _connectionString;
    private readonly Setting<Uri?> _accountUrl;

    /// <param name="prefix">What the names of the settings begin with; empty for the storage that objects are read from.</param>
    public AzureBlobSettings(string prefix = "")
    {
        _connectionString = new(
            $"{prefix}AZURE_STORAGE_CONNECTION_STRING",
            new ValueFormat<string?>(
                "a connection string with `AccountName` or `BlobEndpoint`, or `UseDevelopmentStorage=true`",
                TryParseConnectionString,
                text => text ?? ""))
        {
            Default = null,
            Example = "UseDevelopmentStorage=true",
            IsSecret = true,
            Text = "Connection string of Azure Blob Storage.",
        };
        _accountUrl = new($"{prefix}AZURE_STORAGE_ACCOUNT_URL", ValueFormats.HttpsUrl)
        {
            Default = null,
            Example = "https://account.blob.core.windows.net",
            Text = "URL of Azure Blob Storage, which is used with the identity of the process (`DefaultAzureCredential`). Set this or a connection string.",
        };
        Places = [_connectionString, _accountUrl];
    }

    /// <inheritdoc/>
    public string Name => AzureBlobOptions.Name;

    /// <inheritdoc/>
    public IReadOnlyList<Setting> Places { get; }

    /// <inheritdoc/>
    public IEnumerable<string> RemoteNames(SettingBinder binder) => Places.Where(binder.IsSet).Select(binder.NameOf);

    /// <inheritdoc/>
    public void AddTo(SettingGroup group)
    {
        group.Add(_connectionString);
        group.Add(_accountUrl);
    }

    /// <inheritdoc/>
    public StorageOptions Bind(SettingBinder binder, Setting? type, EmbeddedDefaults embedded)
    {
        if (binder.IsSet(_connectionString) && binder.IsSet(_accountUrl))
        {
            binder.Fault($"{_connectionString.Name} and {_accountUrl.Name} are both set; allowed: one of them");
        }

        if (type is not null && !binder.IsSet(_connectionString) && !binder.IsSet(_accountUrl))
        {
            binder.Fault($"{type.Name} is azure, but the account is not set; allowed: {_connectionString.Name} or {_accountUrl.Name}");
        }

        return new AzureBlobOptions { ConnectionString = binder.Get(_connectionString), AccountUrl = binder.Get(_accountUrl) };
    }

    private static bool TryParseConnectionString(string text, out string? value)
    {
        value = text.Trim();
        var names = value.Split(';').Select(part => part.Split('=')[0].Trim());
        return value.Contains('=')
            && names.Any(name => name.ToUpperInvariant() is "ACCOUNTNAME" or "BLOBENDPOINT" or "USEDEVELOPMENTSTORAGE");
    }
}
