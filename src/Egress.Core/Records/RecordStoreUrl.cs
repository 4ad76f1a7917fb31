using System.Diagnostics.CodeAnalysis;
using Egress.Records.Urls;

namespace Egress.Records;

/// <summary>A connection URL that was checked without opening a connection.</summary>
internal sealed class RecordStoreUrl
{
    private RecordStoreUrl(IRecordStoreKind kind, ConnectionUrl url)
    {
        (Kind, Url) = (kind, url);
        var withoutEffect = kind.Check(url);
        Warning = withoutEffect.Count == 0
            ? null
            : $"These options of the connection URL have no effect: {string.Join(", ", withoutEffect)}.";
    }

    /// <summary>The kind of store that the scheme selects.</summary>
    public IRecordStoreKind Kind { get; }

    /// <summary>A sentence about options that are accepted but have no effect; null if there are none.</summary>
    public string? Warning { get; }

    internal ConnectionUrl Url { get; }

    /// <summary>The text that identifies the database in messages: the server and database without credentials, or the file.</summary>
    internal string Endpoint => Kind.IsFile
        ? Url.Path
        : $"{Url.Scheme}://{string.Join(',', Url.Hosts.Select(host => host.ToString()))}/{Url.Path}";

    /// <summary>Checks a connection URL, including its options.</summary>
    /// <param name="text">The URL as the operator wrote it.</param>
    /// <param name="url">The URL, if it is valid.</param>
    /// <param name="error">Otherwise the fault and the allowed values, as the rest of a sentence. It quotes neither the URL nor a password.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out RecordStoreUrl? url, [NotNullWhen(false)] out string? error)
    {
        try
        {
            (url, error) = (Parse(text), null);
            return true;
        }
        catch (FormatException exception)
        {
            (url, error) = (null, exception.Message);
            return false;
        }
    }

    /// <summary>Checks a connection URL, including its options.</summary>
    /// <exception cref="FormatException">The URL is not valid. The message names the fault and the allowed values, and quotes neither the URL nor a
    /// password.</exception>
    public static RecordStoreUrl Parse(string text)
    {
        var scheme = text.IndexOf(':') is var colon && colon > 0 ? text[..colon] : "";
        if (RecordStoreKinds.Find(scheme) is not { } kind)
        {
            // The text may be a DSN such as "host=… password=…" or "user:password@tcp(…)/database", so nothing of it is quoted.
            throw new FormatException($"it is not a URL with a known scheme; {RecordStoreKinds.AllowedForms}");
        }

        try
        {
            return new RecordStoreUrl(kind, kind.IsFile ? ConnectionUrl.ParseFile(text) : ConnectionUrl.Parse(text));
        }
        catch (ArgumentException)
        {
            // The exception of the driver is not attached, because its message quotes the refused text, which may be a password.
            throw new FormatException($"the driver does not accept its host or an option; {RecordStoreKinds.AllowedForms}");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Endpoint;
}
