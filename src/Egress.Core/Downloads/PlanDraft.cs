using Egress.Zip;

namespace Egress.Downloads;

/// <summary>Takes the objects of a plan one after the other, so that only their packed form is kept of all of them.</summary>
/// <param name="options">How the archive will be written.</param>
/// <param name="mostObjects">How many objects there are at most.</param>
internal sealed class PlanDraft(ZipOptions options, int mostObjects) : IDisposable
{
    private readonly PlannedObjectPacker _packer = new();
    private readonly ArchiveLayoutBuilder _layout = new(options, mostObjects);
    private ArchiveValidator? _validator;

    /// <summary>Takes the next object.</summary>
    /// <exception cref="OverflowException">The sizes come to more than an archive can hold.</exception>
    public void Add(PlannedObject planned)
    {
        _packer.Add(planned);
        _layout.Add(planned.Entry);
        if (_layout.SupportsRanges)
        {
            _validator ??= new();
            _validator.Add(planned);
        }
    }

    /// <summary>What came of it.</summary>
    /// <exception cref="OverflowException">The sizes come to more than an archive can hold.</exception>
    public (PackedObjects Objects, ArchiveLayout Layout, string? ETag) End()
    {
        var objects = _packer.ToList();
        return (objects, _layout.Build(objects.Entries), _layout.SupportsRanges ? _validator?.Create() : null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _packer.Dispose();
        _validator?.Dispose();
    }
}
