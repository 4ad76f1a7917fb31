namespace Egress.Records.Urls;

/// <summary>Applies the value of an option to the configuration of a driver.</summary>
/// <returns>Null if the value is valid; otherwise the allowed values.</returns>
internal delegate string? OptionSetter<in TTarget>(TTarget target, string value);

/// <summary>The options that the URLs of one backend may have. Names are compared without regard to case.</summary>
/// <typeparam name="TTarget">The configuration of a driver.</typeparam>
internal sealed class UrlOptions<TTarget>
{
    /// <summary>The options that have an effect, with their setters.</summary>
    public Dictionary<string, OptionSetter<TTarget>> Supported { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Options of the Go drivers that have no effect here. They are accepted, so that existing URLs can be used.</summary>
    public HashSet<string> WithoutEffect { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Applies every option of a URL.</summary>
    /// <returns>The options that have no effect.</returns>
    /// <exception cref="FormatException">Options are unknown or have values that are not allowed; the message names all of them.</exception>
    public IReadOnlyList<string> Apply(ConnectionUrl url, TTarget target)
    {
        var faults = new List<string>();
        var withoutEffect = new List<string>();
        foreach (var (name, value) in url.Options)
        {
            if (Supported.TryGetValue(name, out var set))
            {
                if (set(target, value) is { } allowed)
                {
                    faults.Add($"the option {name} must be {allowed}");
                }
            }
            else if (WithoutEffect.Contains(name))
            {
                withoutEffect.Add(name);
            }
            else
            {
                faults.Add($"the option {name} is unknown; known are {string.Join(", ", Supported.Keys.Order(StringComparer.Ordinal))}");
            }
        }

        return faults.Count == 0 ? withoutEffect : throw new FormatException(string.Join("; ", faults));
    }
}
