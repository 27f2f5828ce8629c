namespace RQ.Conformance;
public class BuildTests { [Xunit.Fact] public void T() { } }
