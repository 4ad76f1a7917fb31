using Egress.Settings;
using Egress.Settings.Formats;

namespace Egress.Storage.AzureBlob;

/// <summary>The settings of Azure Blob Storage.</summary>
internal sealed class AzureBlobSettings : IStorageKind
{
    private static readonly Setting<string?> ConnectionString = new(
        "AZURE_STORAGE_CONNECTION_STRING",
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

    private static readonly Setting<Uri?> AccountUrl = new("AZURE_STORAGE_ACCOUNT_URL", ValueFormats.HttpsUrl)
    {
        Default = null,
        Example = "https://account.blob.core.windows.net",
        Text = "URL of Azure Blob Storage, which is used with the identity of the process (`DefaultAzureCredential`). Set this or a connection string.",
    };

    /// <inheritdoc/>
    public string Name => AzureBlobOptions.Name;

    /// <inheritdoc/>
    public IReadOnlyList<Setting> Places { get; } = [ConnectionString, AccountUrl];

    /// <inheritdoc/>
    public IEnumerable<string> RemoteNames(SettingBinder binder) => Places.Where(binder.IsSet).Select(binder.NameOf);

    /// <inheritdoc/>
    public void AddTo(SettingGroup group)
    {
        group.Add(ConnectionString);
        group.Add(AccountUrl);
    }

    /// <inheritdoc/>
    public StorageOptions Bind(SettingBinder binder, Setting? type, EmbeddedDefaults embedded)
    {
        if (binder.IsSet(ConnectionString) && binder.IsSet(AccountUrl))
        {
            binder.Fault($"{ConnectionString.Name} and {AccountUrl.Name} are both set; allowed: one of them");
        }

        if (type is not null && !binder.IsSet(ConnectionString) && !binder.IsSet(AccountUrl))
        {
            binder.Fault($"{type.Name} is azure, but the account is not set; allowed: {ConnectionString.Name} or {AccountUrl.Name}");
        }

        return new AzureBlobOptions { ConnectionString = binder.Get(ConnectionString), AccountUrl = binder.Get(AccountUrl) };
    }

    private static bool TryParseConnectionString(string text, out string? value)
    {
        value = text.Trim();
        var names = value.Split(';').Select(part => part.Split('=')[0].Trim());
        return value.Contains('=')
            && names.Any(name => name.ToUpperInvariant() is "ACCOUNTNAME" or "BLOBENDPOINT" or "USEDEVELOPMENTSTORAGE");
    }
}
