using System.Text.Json;
using Egress.Callbacks;
using Egress.Http.Requests;
using Egress.Http.Responses;
using Egress.Links;
using Microsoft.AspNetCore.Http;

namespace Egress.Http.Callbacks;

/// <summary>Selects the callbacks to put back on the queue.</summary>
/// <param name="Ids">Ids of records or callbacks; empty for all.</param>
/// <param name="Message">A message, copied from a log line, that is put on the queue instead of stored messages; null for none.</param>
internal sealed record CallbackReplay(IReadOnlyList<string> Ids, string? Message);

/// <summary>Reads which callbacks a request selects. Reports every fault.</summary>
internal static class CallbackQuery
{
    /// <summary>The largest size of a body, in bytes. A message on the queue has at most 64 KiB, but needs more as a JSON string.</summary>
    public const int MaxBytes = 1 << 20;

    private const int MaxIds = 1000;

    private static readonly string[] Fields = ["ids", "all", "message"];

    /// <summary>Reads the query parameters of a request for the list: <c>id</c>, which may be repeated.</summary>
    /// <param name="query">The parameters.</param>
    /// <param name="errors">Receives the faults.</param>
    public static IReadOnlyList<string> ReadIds(IQueryCollection query, List<FieldError> errors)
    {
        errors.AddRange(query.Keys.Where(static name => name != "id").Select(static name => new FieldError(PrintableText.Shorten(name), "is not a parameter; allowed: id")));
        if (query["id"].Any(string.IsNullOrEmpty))
        {
            errors.Add(new FieldError("id", "must not be empty: leave it out for all callbacks"));
        }

        return [.. query["id"].OfType<string>()];
    }

    /// <summary>Reads the body of a request to put callbacks back on the queue (a replay).</summary>
    /// <param name="body">The body.</param>
    public static (CallbackReplay? Replay, Problem? Problem) ReadReplay(JsonElement body)
    {
        var errors = body.EnumerateObject().Where(static member => !Fields.Contains(member.Name))
            .Select(static member => new FieldError(PrintableText.Shorten(member.Name), $"is not a field of a replay; allowed: {string.Join(", ", Fields)}"))
            .ToList();
        var given = body.EnumerateObject().Where(static member => Fields.Contains(member.Name)).ToList();
        if (given.Count != 1)
        {
            errors.Add(new FieldError("", "must have one of ids, all and message"));
            return (null, ProblemTable.InvalidRequest(errors));
        }

        var replay = given[0].Name switch
        {
            "ids" => ReadIds(given[0].Value, errors),
            "message" => ReadMessage(given[0].Value, errors),
            _ => ReadAll(given[0].Value, errors),
        };
        return errors.Count > 0 ? (null, ProblemTable.InvalidRequest(errors)) : (replay, null);
    }

    private static CallbackReplay ReadIds(JsonElement value, List<FieldError> errors)
    {
        List<string?> ids = value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(static id => id.ValueKind == JsonValueKind.String ? id.GetString() : null)]
            : [];
        if (ids.Count is 0 or > MaxIds || ids.Any(string.IsNullOrEmpty))
        {
            errors.Add(new FieldError("ids", $"must be a list of 1 to {MaxIds} ids of records or callbacks"));
        }

        return new CallbackReplay([.. ids.OfType<string>()], null);
    }

    private static CallbackReplay ReadAll(JsonElement value, List<FieldError> errors)
    {
        if (value.ValueKind != JsonValueKind.True)
        {
            errors.Add(new FieldError("all", "must be true"));
        }

        return new CallbackReplay([], null);
    }

    private static CallbackReplay ReadMessage(JsonElement value, List<FieldError> errors)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        if (CallbackMessage.TryRead(text) is null)
        {
            errors.Add(new FieldError("message", "must be a message of a callback as a log line of Egress has it"));
        }

        return new CallbackReplay([], text);
    }
}
