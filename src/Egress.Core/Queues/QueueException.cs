namespace Egress.Queues;

/// <summary>The queue could not be reached, refused, or failed. Whether it made the change is unknown.</summary>
/// <param name="message">For the log. Contains no secrets.</param>
/// <param name="innerException">The exception of the backend.</param>
internal sealed class QueueException(string message, Exception innerException) : Exception(message, innerException);
