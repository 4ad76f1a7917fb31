namespace Egress.Setup;

/// <summary>The setup cannot continue. The message says why, and what the user can do.</summary>
internal sealed class SetupException(string message, Exception? inner = null) : Exception(message, inner);
