using System.Globalization;
using Egress.Links;
using Egress.Links.Keys;
using Egress.Records.Links;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Links;

/// <summary>Reads the query parameters of a request for a list of links.</summary>
internal static class LinkListQuery
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1000;

    private static readonly string[] Known = ["after", "limit", "state", "created_by"];

    /// <summary>Reads the parameters. Reports every fault.</summary>
    /// <param name="query">The parameters.</param>
    /// <param name="key">The API key of the caller. A key that is limited to some objects gets only links that a key with the same name created.</param>
    /// <param name="now">The time.</param>
    /// <param name="errors">Receives the faults.</param>
    public static LinkSelection Read(IQueryCollection query, ApiKey key, DateTimeOffset now, List<FieldError> errors)
    {
        foreach (var name in query.Keys.Where(static name => !Known.Contains(name, StringComparer.Ordinal)))
        {
            errors.Add(new FieldError(Requests.PrintableText.Shorten(name), $"is not a parameter; allowed: {string.Join(", ", Known)}"));
        }

        string? One(string name)
        {
            if (query[name].Count > 1)
            {
                errors.Add(new FieldError(name, "is given twice"));
            }
            else if (query[name] is [null or ""])
            {
                errors.Add(new FieldError(name, "must not be empty: leave it out instead"));
            }

            return query[name] is [{ Length: > 0 } text] ? text : null;
        }

        var (limit, condition, after) = (DefaultLimit, (LinkCondition?)null, (LinkCursor?)null);
        if (One("limit") is { } limitText && (!int.TryParse(limitText, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
        {
            errors.Add(new FieldError("limit", $"must be a whole number from 1 to {MaxLimit}"));
        }

        if (One("state") is { } state && (condition = ConditionOf(state)) is null)
        {
            errors.Add(new FieldError("state", "must be active, revoked or expired"));
        }

        if (One("after") is { } place && (after = LinkCursor.Parse(place)) is null)
        {
            errors.Add(new FieldError("after", "must be the next of the page before"));
        }

        var createdBy = One("created_by");
        if (createdBy is not null && !ApiKeyFormat.IsName(createdBy))
        {
            errors.Add(new FieldError("created_by", $"must be the name of a key: {ApiKeyFormat.AllowedNames}"));
        }
        else if (key.IsBound && createdBy is not null && createdBy != key.Name)
        {
            errors.Add(new FieldError("created_by", "must be the name of the key: it sees only its own links"));
        }

        return new LinkSelection(limit) { Condition = condition, After = after, CreatedBy = key.IsBound ? key.Name : createdBy, Now = now };
    }

    private static LinkCondition? ConditionOf(string text) => text switch
    {
        "active" => LinkCondition.Active,
        "revoked" => LinkCondition.Revoked,
        "expired" => LinkCondition.Expired,
        _ => null,
    };
}
