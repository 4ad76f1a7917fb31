namespace Egress.Deliveries;

/// <summary>The tracked responses that run in this process. Safe for concurrent use.</summary>
internal sealed class LiveResponses
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<TrackedResponse>> _byKey = [];

    /// <summary>Adds a response.</summary>
    public void Add(TrackedResponse response)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(response.Key, out var responses))
            {
                _byKey[response.Key] = responses = [];
            }

            responses.Add(response);
        }
    }

    /// <summary>Removes a response. Does nothing if it was removed before.</summary>
    public void Remove(TrackedResponse response)
    {
        lock (_lock)
        {
            if (_byKey.TryGetValue(response.Key, out var responses) && responses.Remove(response) && responses.Count == 0)
            {
                _byKey.Remove(response.Key);
            }
        }
    }

    /// <summary>Returns the responses of a delivery.</summary>
    public IReadOnlyList<TrackedResponse> Of(string key)
    {
        lock (_lock)
        {
            return _byKey.TryGetValue(key, out var responses) ? [.. responses] : [];
        }
    }
}
