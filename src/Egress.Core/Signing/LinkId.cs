namespace Egress.Signing;

/// <summary>The way of a record's id through a URL.</summary>
public static class LinkId
{
    /// <summary>Restores the id from the route value of <c>/{id}</c>: the server decodes every escape but that of the slash.</summary>
    /// <param name="routeValue">The segment as routing hands it over.</param>
    public static string FromRoute(string routeValue) => routeValue.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    /// <summary>Escapes an id into one path segment that <see cref="FromRoute"/> gives back.</summary>
    /// <exception cref="ArgumentException">The id cannot stand in a URL: it is empty, a dot segment, or holds a NUL character.</exception>
    internal static string ToSegment(string id) =>
        id is "" or "." or ".." || id.Contains('\0')
            ? throw new ArgumentException("An id that is empty, \".\", \"..\" or holds a NUL character cannot stand in a link.", nameof(id))
            : Uri.EscapeDataString(id);
}
