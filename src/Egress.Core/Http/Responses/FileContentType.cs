using Microsoft.AspNetCore.StaticFiles;

namespace Egress.Http.Responses;

/// <summary>Chooses the media type of a single file by its name.</summary>
internal static class FileContentType
{
    private const string Unknown = "application/octet-stream";

    /// <summary>Prefixes of types of documents that a browser shows as text, or opens with another program.</summary>
    private static readonly string[] Documents =
    [
        "application/epub+zip", "application/gzip", "application/json", "application/msword", "application/pdf", "application/rtf",
        "application/vnd.", "application/x-7z-compressed", "application/zip", "text/csv", "text/plain",
    ];

    private static readonly string[] Media = ["audio/", "font/", "image/", "video/"];

    /// <summary>Prefixes of types that can contain scripts, although <see cref="Documents"/> or <see cref="Media"/> would allow them.</summary>
    private static readonly string[] Active = ["image/svg", "application/vnd.mozilla.xul", "application/vnd.wap"];

    private static readonly FileExtensionContentTypeProvider Types = new();

    /// <summary>Returns the type for an extension if browsers do not run content of that type; otherwise <c>application/octet-stream</c>.</summary>
    /// <param name="name">Name of the file.</param>
    public static string Of(string name) => Types.TryGetContentType(name, out var type) && IsPassive(type) ? type : Unknown;

    private static bool IsPassive(string type) => StartsWithAny(type, [.. Documents, .. Media]) && !StartsWithAny(type, Active) && !type.EndsWith("+xml", StringComparison.Ordinal);

    private static bool StartsWithAny(string type, string[] starts) => Array.Exists(starts, start => type.StartsWith(start, StringComparison.Ordinal));
}
