using Egress.Backends;
using Egress.Downloads;
using Egress.Http.Responses;
using Xunit;

namespace Egress.Core.Tests.Http.Responses;

public sealed class ProblemTableTests
{
    public static TheoryData<object, int> Statuses => new()
    {
        { RejectionReason.ParameterRepeated, 400 },
        { RejectionReason.ExpiryMalformed, 400 },
        { RejectionReason.TooManyFiles, 400 },
        { RejectionReason.EveryFileFiltered, 400 },
        { RejectionReason.RecordEmpty, 400 },
        { RejectionReason.SelectionEmpty, 400 },
        { RejectionReason.SelectionMalformed, 400 },
        { RejectionReason.SelectionOutOfRange, 400 },
        { RejectionReason.SignatureRequired, 401 },
        { RejectionReason.SignatureInvalid, 401 },
        { RejectionReason.ExpiryRequired, 401 },
        { RejectionReason.ExpiryTooFar, 401 },
        { RejectionReason.PasswordNotAllowed, 403 },
        { RejectionReason.FileEncrypted, 403 },
        { RejectionReason.RecordNotFound, 404 },
        { RejectionReason.FileNotFound, 404 },
        { RejectionReason.ObjectMissing, 404 },
        { RejectionReason.ObjectUnavailable, 409 },
        { RejectionReason.ListChanged, 409 },
        { RejectionReason.LinkExpired, 410 },
        { RejectionReason.LinkRevoked, 410 },
        { RejectionReason.LinkUsedUp, 410 },
        { RejectionReason.LinkReserved, 503 },
        { RejectionReason.PreconditionFailed, 412 },
        { RejectionReason.ObjectTooLarge, 413 },
        { RejectionReason.RangeNotSatisfiable, 416 },
        { RejectionReason.RateLimited, 429 },
        { RejectionReason.AddressAtCapacity, 429 },
        { RejectionReason.LinkAtCapacity, 429 },
        { RejectionReason.AtCapacity, 503 },
        { RejectionReason.Draining, 503 },
        { RejectionReason.LinksNotSetUp, 503 },
        { RejectionReason.PlanningTimedOut, 504 },
    };

    [Theory]
    [MemberData(nameof(Statuses))]
    public void Every_refusal_has_its_status(object reason, int status) =>
        Assert.Equal(status, ProblemTable.For(new Rejection((RejectionReason)reason)).Status);

    [Theory]
    [InlineData(BackendFault.Denied, 502)]
    [InlineData(BackendFault.Throttled, 502)]
    [InlineData(BackendFault.Unavailable, 502)]
    [InlineData(BackendFault.Malformed, 502)]
    [InlineData(BackendFault.Changed, 502)]
    [InlineData(BackendFault.CircuitOpen, 503)]
    [InlineData(BackendFault.TimedOut, 504)]
    public void Every_fault_has_its_status_on_both_backends(BackendFault fault, int status) => Assert.All(
        Enum.GetValues<Backend>(),
        backend => Assert.Equal(status, ProblemTable.For(Rejection.From(new BackendException(backend, fault, "secret-bucket/secret-key"))).Status));

    [Fact]
    public void Every_refusal_has_a_row_in_this_test()
    {
        var inTable = Statuses.Select(row => (RejectionReason)row.Data.Item1).Append(RejectionReason.BackendFailed);
        Assert.Empty(Enum.GetValues<RejectionReason>().Except(inTable));
    }

    [Fact]
    public void Codes_are_distinct_and_details_reveal_no_internals()
    {
        var problems = Enum.GetValues<RejectionReason>().Where(r => r != RejectionReason.BackendFailed)
            .Select(reason => ProblemTable.For(new Rejection(reason) { Detail = "secret-bucket" }))
            .Concat(
                from backend in Enum.GetValues<Backend>()
                from fault in Enum.GetValues<BackendFault>().Where(f => f != BackendFault.Changed || backend == Backend.Storage)
                select ProblemTable.For(Rejection.From(new BackendException(backend, fault, "secret-bucket"))))
            .ToList();
        Assert.Equal(problems.Count, problems.Select(p => p.Code).Distinct().Count());
        Assert.All(problems, p => Assert.DoesNotContain("secret", p.Detail + p.Title, StringComparison.Ordinal));
    }
}
