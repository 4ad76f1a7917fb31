using Egress.Queues;
using Egress.Queues.AzureQueue;

namespace Egress.Callbacks;

/// <summary>The queue and the delivery of callbacks (<c>CALLBACK_*</c>).</summary>
public sealed record CallbackOptions
{
    /// <summary>The account of the Azure queue; null for the queue in <see cref="Folder"/>.</summary>
    public AzureQueueOptions? Azure { get; init; }

    /// <summary>Name of the Azure queue.</summary>
    public string QueueName { get; init; } = QueueNames.Callbacks;

    /// <summary>Folder of the SQLite queue and of the spool; null in hosts without their own disk.</summary>
    public string? Folder { get; init; }

    /// <summary>The number of attempts after the first one.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>The delay before the first retry. Each further retry waits twice as long.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The time limit of one attempt, including the connection.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long the queue message of a running download stays invisible unless it is renewed.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long an incomplete transfer may wait for the client's next request; zero reports each response on its own.</summary>
    public TimeSpan ResumeWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Secret of the signature; null to send callbacks unsigned.</summary>
    public string? SigningSecret { get; init; }

    /// <summary>Hosts that may be called, with <c>*.example.com</c> for all subdomains; empty for any host.</summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Whether callbacks to private addresses are allowed.</summary>
    public bool AllowPrivateNetworks { get; init; }

    /// <summary>PEM file with certificate authorities that are trusted in addition to those of the system; null for none.</summary>
    public string? CertificateAuthorities { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(CallbackOptions)} {{ {(Azure is null ? Folder : QueueName)} }}";
}
