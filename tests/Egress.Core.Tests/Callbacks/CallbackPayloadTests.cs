using Egress.Callbacks;
using Egress.Downloads;
using Xunit;

namespace Egress.Core.Tests.Callbacks;

public sealed class CallbackPayloadTests
{
    private static readonly DateTimeOffset Now = new(2025, 3, 9, 13, 0, 0, 500, TimeSpan.FromHours(1));

    [Fact]
    public void A_completed_download_has_the_fields_of_the_contract_in_their_order() => Assert.Equal(
        """{"id":"dé","status":"completed","timestamp":"2025-03-09T12:00:00Z","duration_ms":1500,"file_count":3,"compressed_size_bytes":99,"request_id":"r-1","files_succeeded":3}""",
        CallbackPayload.From("dé", "r-1", Outcome(DownloadStatus.Completed), Now).Write());

    [Fact]
    public void The_callback_of_a_failed_download_has_the_reason_and_the_superseded_id() => Assert.Equal(
        """{"id":"d","status":"failed","timestamp":"2025-03-09T12:00:00Z","message":"the download took too long","duration_ms":1500,"file_count":3,"compressed_size_bytes":99,"request_id":"r","files_succeeded":2,"reason":"timeout","supersedes":"msg_1"}""",
        (CallbackPayload.From("d", "r", Outcome(DownloadStatus.Failed, FailureReason.TimedOut, 2), Now) with { Supersedes = "msg_1" }).Write());

    [Fact]
    public void A_partial_download_counts_what_is_missing() => Assert.Equal(
        """{"id":"d","status":"partial","timestamp":"2025-03-09T12:00:00Z","message":"1 of 3 files do not exist","duration_ms":1500,"file_count":3,"compressed_size_bytes":99,"request_id":"r","files_succeeded":2}""",
        CallbackPayload.From("d", "r", Outcome(DownloadStatus.Partial, succeeded: 2), Now).Write());

    [Fact]
    public void A_partial_download_distinguishes_unreadable_objects_from_missing_ones() => Assert.Contains(
        "\"message\":\"1 of 3 files do not exist or cannot be read\"",
        CallbackPayload.From("d", "r", Outcome(DownloadStatus.Partial, succeeded: 2) with { FilesUnavailable = 1 }, Now).Write(),
        StringComparison.Ordinal);

    [Fact]
    public void The_callback_of_a_resumed_download_has_resumed() => Assert.Contains(
        "\"resumed\":true",
        CallbackPayload.From("d", "r", Outcome(DownloadStatus.Completed) with { IsResumed = true }, Now).Write(),
        StringComparison.Ordinal);

    [Fact]
    public void A_selection_is_named()
    {
        var body = CallbackPayload.From("d", "r", Outcome(DownloadStatus.Completed) with { IsResumed = true, Selection = "1-4,9" }, Now).Write();
        Assert.EndsWith("\"resumed\":true,\"files\":\"1-4,9\"}", body, StringComparison.Ordinal);
        Assert.Equal("1-4,9", CallbackPayload.Read(body).Files);
    }

    [Fact]
    public void Every_reason_has_a_word_and_a_text_of_its_own()
    {
        var payloads = Enum.GetValues<FailureReason>().Where(reason => reason != FailureReason.None)
            .Select(reason => CallbackPayload.From("d", "r", Outcome(DownloadStatus.Failed, reason), Now)).ToList();

        Assert.Equal(payloads.Count, payloads.Select(payload => payload.Reason).Where(reason => reason is not null).Distinct().Count());
        Assert.Equal(payloads.Count, payloads.Select(payload => payload.Message).Where(message => message is not null).Distinct().Count());
    }

    internal static DownloadOutcome Outcome(DownloadStatus status, FailureReason reason = FailureReason.None, int succeeded = 3) => new(status, reason)
    {
        FilesRequested = 3,
        FilesSucceeded = succeeded,
        SourceBytes = 100,
        ArchiveBytes = 99,
        Duration = TimeSpan.FromMilliseconds(1500),
    };
}
