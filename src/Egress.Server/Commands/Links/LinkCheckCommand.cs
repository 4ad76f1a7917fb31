using System.CommandLine;
using System.Globalization;
using Egress.Downloads;
using Egress.Http;
using Egress.Http.Requests;
using Egress.Records;
using Egress.Server.Hosting;
using Egress.Signing;
using Microsoft.AspNetCore.WebUtilities;

namespace Egress.Server.Commands.Links;

/// <summary><c>link check</c>: prints whether a link works and, if not, why. The server's public responses contain less detail.</summary>
internal static class LinkCheckCommand
{
    private const string HtmlAmpersand = "amp;";

    public static Command Create(Option<string?> config)
    {
        var url = new Argument<string>("URL") { Description = "The link, in quotes." };
        var command = new Command("check", "Say whether a link works, and if not, why; ends with 0 when it does.") { url };
        command.SetAction(async (result, cancellationToken) =>
        {
            var settings = await ServerSettingsLoader.LoadForCommandAsync(result.GetValue(config), cancellationToken);
            await LinkCommand.NameDataAsync(settings, result.InvocationConfiguration.Error);
            var reason = await FindFaultAsync(settings, result.GetRequiredValue(url), cancellationToken);
            await result.InvocationConfiguration.Output.WriteLineAsync(reason is null ? "The link works." : $"The link is refused: {reason}.");
            return reason is null ? 0 : 1;
        });
        return command;
    }

    /// <summary>Returns why the link is refused; null if it works.</summary>
    private static async Task<string?> FindFaultAsync(EgressSettings settings, string url, CancellationToken cancellationToken)
    {
        var link = url.Trim().Trim('\'', '"');
        var queryStart = link.IndexOf('?', StringComparison.Ordinal);
        var path = PathOf(queryStart < 0 ? link : link[..queryStart], settings.Signing.PublicUrl);
        if (SegmentOf(path) is not { } segment)
        {
            return $"the address '{PrintableText.Shorten(path)}' is not that of a download, which is /download/ID or /ID";
        }

        var query = QueryHelpers.ParseQuery(queryStart < 0 ? "" : link[queryStart..].Split('#')[0]);
        if (query.Keys.FirstOrDefault(static name => name.StartsWith(HtmlAmpersand, StringComparison.OrdinalIgnoreCase)) is { } name)
        {
            return $"it was copied from HTML source: & is written as &amp; (parameter '{name}')";
        }

        var id = Uri.UnescapeDataString(segment);
        if (!LinkQuery.TryRead(new QueryCollection(query), id, out var request))
        {
            return "expiry or signature are given twice";
        }

        return FindLinkFault(settings.Signing, request) ?? await FindRecordFaultAsync(settings, id, cancellationToken);
    }

    /// <summary>Returns the path as the server receives it: without the path of <c>PUBLIC_URL</c>, which a proxy removes.</summary>
    private static string PathOf(string address, Uri? publicUrl)
    {
        var isAbsolute = Uri.TryCreate(address, UriKind.Absolute, out var absolute) && absolute.Scheme.StartsWith("http", StringComparison.Ordinal);
        var path = isAbsolute ? absolute!.AbsolutePath : address;
        var prefix = publicUrl?.AbsolutePath.TrimEnd('/') ?? "";
        return prefix.Length > 0 && path.StartsWith($"{prefix}/", StringComparison.Ordinal) ? path[prefix.Length..] : path;
    }

    /// <summary>Returns the path segment with the id; null if the path is not a download route.</summary>
    private static string? SegmentOf(string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var isReserved = segments is [var only] && EgressRoutes.ReservedWords.Contains(only, StringComparer.OrdinalIgnoreCase);
        var isDownload = segments is [_] || (segments is [var first, _] && first.Equals("download", StringComparison.OrdinalIgnoreCase));
        return isDownload && !isReserved ? segments[^1] : null;
    }

    private static string? FindLinkFault(SigningOptions options, DownloadRequest link)
    {
        var signer = new LinkSigner(options);
        var found = signer.Verify(link.Id, link.Expiry, link.Signature, TimeProvider.System.GetUtcNow());
        return found.Verdict switch
        {
            LinkVerdict.Valid => null,
            LinkVerdict.SignatureMissing => "it has no signature, and ENFORCE_SIGNING is true",
            LinkVerdict.SignatureWrong => $"the signature does not match: {signer.Explain(link.Id, link.Expiry, link.Signature!)}",
            LinkVerdict.SignatureWithoutSecret => "it is signed, but no SIGNING_SECRET is set",
            LinkVerdict.IdAmbiguous => "the id contains '|', and cannot be signed",
            LinkVerdict.ExpiryMissing => "it has no expiry, and REQUIRE_EXPIRY is true",
            LinkVerdict.ExpiryMalformed => $"the expiry '{link.Expiry}' is not a Unix time in whole seconds",
            LinkVerdict.ExpiryInMilliseconds => $"the expiry '{link.Expiry}' is in milliseconds; it must be in seconds",
            LinkVerdict.ExpiryTooFar => "the expiry is later than MAX_LINK_LIFETIME allows",
            LinkVerdict.Expired => $"it expired at {Time(found.ExpiresAt)}",
        };
    }

    private static async Task<string?> FindRecordFaultAsync(EgressSettings settings, string id, CancellationToken cancellationToken)
    {
        await using var services = new ServiceCollection().AddLogging().AddEgress(settings).BuildServiceProvider();
        return await services.GetRequiredService<IRecordStore>().FindAsync(id, cancellationToken) switch
        {
            null => $"no record has the id '{PrintableText.Shorten(id)}'",
            { Link.IsRevoked: true } => "it was revoked",
            _ => null,
        };
    }

    private static string Time(long? seconds) => seconds is { } known and > 0 && known < DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        ? DateTimeOffset.FromUnixTimeSeconds(known).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{seconds}");
}
