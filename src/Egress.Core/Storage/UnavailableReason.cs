namespace Egress.Storage;

/// <summary>Why the content of an object that exists cannot be read at present.</summary>
public enum UnavailableReason
{
    /// <summary>The object is in an archive class or tier and must be restored first.</summary>
    Archived,

    /// <summary>The object is being restored from an archive class or tier.</summary>
    Restoring,

    /// <summary>The object is encrypted with a key that the storage does not keep and Egress does not have.</summary>
    KeyRequired,
}
