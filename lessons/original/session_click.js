//session自增
$('#session').click(function () {
    $.get('/get_add_session/', function (data) {
        $('#num').text(data.res)
    })
})
