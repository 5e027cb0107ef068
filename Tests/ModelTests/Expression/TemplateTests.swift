import Testing

@testable import Model

@Suite struct TemplateTests {
    let context = ExpressionTests.context

    @Test(arguments: [
        ("plain", "plain"), ("v=${{ params.driver_version }}!", "v=550.163.01!"), ("${{ params.wait }}", "90"),
        ("${{params.drain}}", "true"), ("${{ params.mounts }}", "/home\n/scratch"),
        ("a ${{ params.mounts }}", "a [\"/home\",\"/scratch\"]"),
        ("${{ params.options }}", "{\"a\":1}"), ("${{ params.least }}", "2147483648"), ("${{ params.share }}", "10"),
        ("${{ '${{' }} and }}", "${{ and }}"), ("${{ '}}' }}", "}}"), ("$${{ item }}", "$sda"), ("{{ s }}", "{{ s }}"),
    ])
    func yieldsText(text: String, expected: String) throws {
        #expect(try Template(parsing: text).string(in: context) == expected)
    }

    @Test func aSingleExpressionKeepsItsType() throws {
        #expect(
            try Template(parsing: "${{ params.count }}").evaluate(in: context) == .known(.int(3), isTainted: false))
    }

    @Test func whatANodePrintedIsNotExpandedAgain() throws {
        var context = context
        context.facts["kernel"] = "${{ params.driver_version }}"
        let result = try Template(parsing: "k=${{ node.facts.kernel }}").evaluate(in: context)
        #expect(result == .known(.string("k=${{ params.driver_version }}"), isTainted: true))
    }

    @Test func anUnknownPieceMakesTheWholeUnknown() throws {
        #expect(try Template(parsing: "a ${{ steps.later.stdout }}").evaluate(in: context) == .unknown(.notRun))
        #expect(try Template(parsing: "a ${{ steps.later.stdout }}").string(in: context) == nil)
    }

    @Test(arguments: [
        "a ${{ params.missing }}", "a ${{ params.password }}", "${{ params.missing }}", "${{ params.password }}",
    ])
    func nothingAndSecretsAreNoText(text: String) throws {
        let template = try Template(parsing: text)
        #expect(throws: ExpressionError.self) { try template.string(in: context) }
    }

    @Test func errorsPointIntoTheText() {
        let error = #expect(throws: ExpressionError.self) { try Template(parsing: "abc ${{ params.a = 1 }}") }
        #expect(error?.offset == 17)
        let open = #expect(throws: ExpressionError.self) { try Template(parsing: "abc ${{ params.a") }
        #expect(open?.offset == 4)
    }
}
